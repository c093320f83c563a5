"""Organisations: the tenants, and what their plans allow."""
