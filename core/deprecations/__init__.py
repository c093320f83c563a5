"""The way out of a version that ends: what callers still use of it, what replaces that, and who is told when."""
