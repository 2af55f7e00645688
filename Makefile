# Almanac. `make help` explains.
.DEFAULT_GOAL := help
.PHONY: help run build test trials bench shape lint format clean

PYTHON_TESTS = .venv/bin/python -m unittest discover -v -s
INTEGRATION = $(PYTHON_TESTS) Tests/Integration
SWIFT_TEST = swift test --disable-xctest --skip-build
# Sockets and servers have deadlines: their tests run before those that take all of the processor.
SOCKETS = '^(RealtimeTests|ChannelsTests)\.|^RuntimeTests\.(Postgres|Redis)'
# Tests look inside the modules; the server is built the same way, so that everything is built once.
TRIAL_BUILD = -c release -Xswiftc -enable-testing

help: ## this page
	@echo "make TARGET, where TARGET is one of"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build and start a server on SQLite in ./data with a demo calendar; prints a curl that books
	@scripts/run

build: ## build the server (debug); the first time takes several minutes
	@scripts/bootstrap build
	swift build --product almanac

test: ## install what the tests need and run them all, with sampled counts
	@scripts/bootstrap test
	swift build --build-tests
	swift build --product almanac
	$(INTEGRATION)
	@scripts/services start
	@set -a; . .services/env; set +a; \
	$(PYTHON_TESTS) Tests/Trials -p 'test_three_nodes.py' && \
	ALMANAC_TEST_STORE=postgres $(INTEGRATION) && \
	$(SWIFT_TEST) --filter $(SOCKETS) && $(SWIFT_TEST) --skip $(SOCKETS) && \
	ALMANAC_TEST_STORE=postgres $(SWIFT_TEST) --filter '^HTTPTests\.'; \
	status=$$?; scripts/services stop >/dev/null 2>&1; exit $$status

trials: ## the full counts in release: races, kills, simulations, models (about 35 minutes and the build); a table at the end
	@scripts/bootstrap test
	swift build $(TRIAL_BUILD) --build-tests
	swift build $(TRIAL_BUILD) --product almanac
	swift build $(TRIAL_BUILD) --product almanac-bench
	@SOCKETS=$(SOCKETS) TRIAL_BUILD='$(TRIAL_BUILD)' scripts/trials

bench: ## measure slots, availability, bookings, the feed and mail (release); prints ratios against baselines of the same run
	@scripts/bootstrap bench
	swift build -c release --product almanac
	swift build -c release --product almanac-bench
	.build/release/almanac-bench slots
	.venv/bin/python Benchmarks/run.py

shape: ## count lines, files and circles; `scripts/shape flows` also counts the files that a booking enters
	@scripts/shape

lint: ## check the format of the sources
	swift format lint --strict --recursive --parallel Sources Tests Benchmarks/Sources migrations Plugins Package.swift

format: ## format the sources
	swift format --in-place --recursive --parallel Sources Tests Benchmarks/Sources migrations Plugins Package.swift

clean: ## remove what was built
	rm -rf .build .venv
