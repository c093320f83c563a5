"""Runs the jobs that are due, in this process and event loop, and gives back control when none is left."""

from typing import Any

from procrastinate import Blueprint

from core.infra.context import Infrastructure, use
from core.infra.jobs import Jobs


async def run_jobs(infra: Infrastructure, tasks: Blueprint, namespace: str, **context: Any) -> None:
    """Everything that waits and is due, once; `context` is the worker's."""
    jobs = Jobs(infra.db.url)
    jobs.app.add_tasks_from(tasks, namespace=namespace)
    await jobs.open()
    try:
        with use(infra):
            await jobs.app.run_worker_async(
                wait=False, install_signal_handlers=False, listen_notify=False, additional_context=context
            )
    finally:
        await jobs.close()
