"""Billing events: the totals of each organisation and month, made exactly once and delivered at least once."""
