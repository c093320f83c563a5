"""Sunset notices: who still calls a version that ends is told 90, 30, 7 and 1 days before, each exactly once."""
