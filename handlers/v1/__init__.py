"""The operations of v1: frozen, so that what changes here is only a fix."""
