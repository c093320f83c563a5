"""What the jobs feature gives away."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class DeadJob:
    """A job that has brought its worker down too often and is not tried again."""

    id: int
    task: str
    arguments: dict[str, Any]
    attempts: int
