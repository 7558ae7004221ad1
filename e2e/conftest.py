"""Fixtures every client's tests share: the program under test, and a relay that stands before the real upstream.

Environment:
  ARTIFACTAPI_BINARY  the program; default build/release/artifactapi, then build/dev/artifactapi
  E2E_REQUIRE=1       a client or an upstream that is missing fails the test instead of skipping it
"""
import os
from pathlib import Path

import pytest

from program import Program
from relay import Relay

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def binary():
    named = os.environ.get("ARTIFACTAPI_BINARY")
    candidates = [Path(named)] if named else [ROOT / "build" / kind / "artifactapi" for kind in ("release", "dev")]
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return candidate.resolve()
    pytest.fail(f"no program to test: none of {', '.join(map(str, candidates))}; run `make build`")


@pytest.fixture(scope="module")
def start_program(binary):
    """start_program(work_dir, remotes_yaml) -> Program; all are ended with the module."""
    running = []

    def start(work_dir, remotes_yaml):
        program = Program(binary, work_dir, remotes_yaml)
        running.append(program)
        program.start()
        return program

    yield start
    for program in running:
        program.begin_stop()
    for program in running:
        program.stop()


@pytest.fixture(scope="module")
def start_relay():
    """start_relay(upstream_url) -> Relay; all are ended with the module."""
    running = []

    def start(upstream_url):
        relay = Relay(upstream_url)
        running.append(relay)
        relay.start()
        return relay

    yield start
    for relay in running:
        relay.stop()
