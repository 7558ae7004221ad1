"""Waiting for a condition instead of sleeping."""

import os
import time

# Sanitizer builds and busy machines are slower; every deadline of the suite is multiplied by this.
SLOWNESS = float(os.environ.get("ARTIFACTAPI_TEST_SLOWNESS", "1"))


def deadline(seconds):
    """`seconds` stretched by the slowness factor."""
    return seconds * SLOWNESS


def memory_bound(size):
    """`size` bytes; much more under a sanitizer, whose shadow memory is not ours to judge."""
    return size if SLOWNESS == 1 else size * 8


def wait_until(condition, timeout=5.0, what=None, poll=0.005):
    """Polls until `condition()` is true and returns its value; fails the test after `timeout` seconds."""
    end = time.monotonic() + deadline(timeout)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(
                f"waited {deadline(timeout):.1f} s in vain for {what or condition}; last value: {value!r}"
            )
        time.sleep(poll)


def stays_true(condition, seconds, what=None, poll=0.01):
    """Asserts that `condition()` holds for a whole span of time: for what must not happen."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert condition(), f"did not stay true: {what or condition}"
        time.sleep(poll)
