"""Options that several commands share."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, with every member.")]
Wait = Annotated[bool, typer.Option("--wait", help="Return only after the fetch has ended.")]
Timeout = Annotated[
    float, typer.Option("--timeout", min=1, max=3600, help="With --wait: give up after so many seconds.")
]
