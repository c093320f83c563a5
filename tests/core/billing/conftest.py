"""Every module has a process and a database of its own."""

from tests.support.process import database, infra, process, process_settings

__all__ = ["database", "infra", "process", "process_settings"]
