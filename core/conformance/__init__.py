"""Conformance: how many of the answers that were looked at are what the documents say, by day and operation."""
