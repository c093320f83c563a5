"""Tidings: many news upstreams in, one spec-first API out. The map of the rooms is docs/architecture.md."""
