"""What an organisation's plan allows."""

from typing import Final

from core.infra.context import infrastructure


class Organizations:
    """There is one plan so far; an operator changes what it allows by settings."""

    def requests_per_hour(self, plan: str) -> int:
        """The budget of a key that has none of its own; 0 means no limit."""
        return {FREE: infrastructure().settings.free_requests_per_hour}[plan]


FREE: Final = "free"
organizations: Final = Organizations()
