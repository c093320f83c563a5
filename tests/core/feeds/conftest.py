"""Every module has a process and a database of its own."""

from tests.support.process import database, infra, process

__all__ = ["database", "infra", "process"]
