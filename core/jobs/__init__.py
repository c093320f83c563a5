"""Background jobs: what becomes of those whose worker died."""
