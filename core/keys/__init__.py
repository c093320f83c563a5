"""API keys: made, shown once, stored as hashes, checked in microseconds, revoked everywhere within a second."""
