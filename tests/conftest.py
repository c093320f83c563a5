"""Fixtures for every test."""

pytest_plugins = ["tests.support.engines", "tests.support.contract_plugin", "tests.support.parallel_plugin"]
