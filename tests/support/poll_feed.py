"""Polls a feed in a process of its own and reports how much memory that took: `python -m tests.support.poll_feed URL`.

Prints one JSON object: `outcome`, `reason`, `state`, `drafts`, `rejected`, `growth_kib` (of the peak resident set).
"""

import asyncio
import json
import re
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from core.infra.http import Egress, Guard
from core.upstreams.feeds import FeedClient
from core.upstreams.types import UpstreamError

STATUS = Path("/proc/self/status")


def peak_kib() -> int:
    """The largest resident set so far (VmHWM)."""
    match = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
    assert match
    return int(match[1])


async def poll(url: str, warm_up: str) -> dict[str, Any]:
    guard = Guard(allowed_networks=[ip_network("127.0.0.0/8")])
    async with Egress(user_agent="Tidings/test", guard=guard) as egress:
        client = FeedClient(egress=egress)
        await client.fetch(config={"url": warm_up}, cursor={})  # modules, TLS, threads: not what is measured
        before = peak_kib()
        result: dict[str, Any]
        try:
            fetched = await client.fetch(config={"url": url}, cursor={})
        except UpstreamError as error:
            result = {"outcome": "failed", "reason": error.reason, "state": error.state}
        else:
            result = {
                "outcome": fetched.outcome,
                "drafts": len(fetched.drafts),
                "rejected": fetched.rejected,
            }
        return {**result, "growth_kib": peak_kib() - before}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(poll(sys.argv[1], sys.argv[2]))))
