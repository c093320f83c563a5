"""Subscriptions to RSS, Atom and JSON feeds."""
