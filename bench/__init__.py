"""Benchmarks: Tidings beside its peers, interleaved in one run on one machine. `ci/bench --help` runs them."""
