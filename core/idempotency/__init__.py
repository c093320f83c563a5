"""Answers kept for repeated requests: the same key does a thing once."""
