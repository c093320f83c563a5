"""`python -m tests.support.worker`: the worker as `tidings worker` runs it, with the settings of the environment."""

from core import settings, worker

if __name__ == "__main__":
    worker.run(settings.load())
