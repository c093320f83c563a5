"""How the instance is, as its probes and its status page tell it."""

from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["ok", "degraded", "failed"]


@dataclass(frozen=True, slots=True)
class Check:
    """One dependency: `failed` makes the instance not ready, `degraded` only tells."""

    name: str
    status: Status
    detail: str | None
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Report:
    """All checks together, and how long the process has been up."""

    ready: bool
    uptime_s: float
    version: str
    checks: tuple[Check, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "status": "ready" if self.ready else "unavailable",
            "version": self.version,
            "uptime_seconds": round(self.uptime_s, 1),
            "checks": {
                check.name: {"status": check.status, "detail": check.detail, "duration_ms": round(check.duration_ms, 1)}
                for check in self.checks
            },
        }
