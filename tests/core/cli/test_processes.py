"""How a process of the API comes up."""

import subprocess
import sys

START = """
from core.cli.processes import _application
from core.settings import load

_application(load({}, database_url="postgresql://x@127.0.0.1:1/x", redis_url="redis://127.0.0.1:1", secret="s" * 40))
"""


def test_what_libraries_say_to_each_other_while_they_are_loaded_is_not_in_the_log() -> None:
    started = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
    assert started.stdout + started.stderr == ""
