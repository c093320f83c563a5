"""The processes of tests that are not measured for coverage."""

from collections.abc import Mapping


def unmeasured(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` without coverage, for a process that a test kills: what it had measured would never be written,
    and measuring takes half of its time."""
    return {name: value for name, value in environment.items() if not name.startswith("COVERAGE_")}
