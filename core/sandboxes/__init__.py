"""Sandboxes: what test keys act in, apart from everything that is live, and the frozen newsroom that they read."""
