"""The checks that a developer, the CI workflow and `.ci/run` call: one short script each."""
