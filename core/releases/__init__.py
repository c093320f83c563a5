"""Releases of the two contracts: what changed in each, written down at the release and served from then on."""
