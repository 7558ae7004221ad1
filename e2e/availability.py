"""What to do when a client or a real upstream is not there."""
import os

import pytest


def unavailable(what):
    """Skips loudly, by name; with E2E_REQUIRE=1 fails, so that no skip passes unnoticed."""
    if os.environ.get("E2E_REQUIRE") == "1":
        pytest.fail(f"E2E_REQUIRE=1, but {what}")
    pytest.skip(f"NOT TESTED: {what}")
