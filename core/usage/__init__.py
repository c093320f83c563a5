"""Usage: which operations an organisation calls how often, day by day."""
