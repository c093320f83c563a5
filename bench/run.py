"""Run the benchmarks and write `bench/RESULTS.md` with its plot: `python -m bench.run --help`."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bench import (
    accounts,
    break_diff,
    conformance,
    deprecations,
    ingest,
    memory,
    newsroom,
    reading_lists,
    usage,
    writes,
)
from bench.harness import BenchError
from bench.report import Section, markdown, plot

HERE = Path(__file__).resolve().parent
BENCHMARKS: dict[str, Callable[[argparse.Namespace], list[Section]]] = {
    "memory": lambda options: [memory.run(rounds=options.rounds, seconds=options.seconds)],
    "newsroom": lambda options: newsroom.run(rows=options.rows, rounds=options.rounds, seconds=options.seconds),
    "writes": lambda options: writes.run(rounds=options.rounds, seconds=options.seconds),
    "accounts": lambda options: accounts.run(rounds=options.rounds, seconds=options.seconds),
    "reading-lists": lambda options: reading_lists.run(rounds=options.rounds, seconds=options.seconds),
    "usage": lambda options: usage.run(rounds=options.rounds),
    "break-diff": lambda options: [break_diff.run(rounds=options.rounds)],
    "deprecations": lambda options: deprecations.run(rounds=options.rounds),
    "conformance": lambda options: conformance.run(rounds=options.rounds, seconds=options.seconds),
    "ingest": lambda options: [ingest.run(rounds=options.rounds)],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="run this one (may be repeated)")
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds (5)")
    parser.add_argument("--seconds", type=int, default=4, help="seconds of load in a round (4)")
    parser.add_argument("--rows", type=int, default=1_000_000, help="articles in the database (1,000,000)")
    parser.add_argument("--record", action="store_true", help="write RESULTS.md and results.png")
    options = parser.parse_args()
    sections: list[Section] = []
    try:
        for name in options.only or BENCHMARKS:
            sections += BENCHMARKS[name](options)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    text = markdown(sections)
    print(text)
    if options.record:
        (HERE / "RESULTS.md").write_text(text)
        plot(sections, HERE / "results.png")
    missed = [target[0] for section in sections for target in section.targets if not section.reached(target)]
    if missed:
        print(f"bench: not reached: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
