# Each target is one script of ci/: everything works without make too.
.DEFAULT_GOAL := help
.PHONY: up test check fmt bench docs lock image sdk help

up: ## Bring up everything on this machine and print an address, a key and two curls
	ci/up

test: ## Set up, run every test, the break diff, the SDKs and the fuzzers
	ci/test

check: ## Style, types, house rules and the two documents, in a minute
	ci/check

fmt: ## Bring the code into its one form
	ci/fmt

bench: ## Measure beside the peers and print the table of ratios
	ci/bench

docs: ## Write the generated pages anew
	ci/docs

lock: ## Lock the requirements anew from pyproject.toml
	ci/lock

image: ## Build the container image, start it and ask how it is
	ci/image

sdk: ## Make clients in four languages in dist/sdk/, and hold each against plain HTTP
	ci/sdk

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
