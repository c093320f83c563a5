"""Handlers of `bench/servers/memory.yaml`."""
