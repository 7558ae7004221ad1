"""What to do when a client or a real upstream is not there, and where the clients are that tools/fetch_clients fetched."""
import os
import shutil
from pathlib import Path

import pytest

CLIENTS = Path(__file__).resolve().parent.parent / "build/clients"
FETCHED = [CLIENTS / "bin", CLIENTS / "debian/usr/bin", CLIENTS / "debian/usr/sbin",
           CLIENTS / "pypi/bin"]


def unavailable(what):
    """Skips loudly, by name; with E2E_REQUIRE=1 fails, so that no skip passes unnoticed."""
    if os.environ.get("E2E_REQUIRE") == "1":
        pytest.fail(f"E2E_REQUIRE=1, but {what}")
    pytest.skip(f"NOT TESTED: {what}")


def fetched_program(name):
    """The path of a client or server: the fetched one, else an installed one; otherwise the test is skipped by its name."""
    path = shutil.which(name, path=os.pathsep.join([*map(str, FETCHED), os.environ.get("PATH", os.defpath)]))
    return path or unavailable(f"{name} is not there; run tools/fetch_clients")


def npm_package(name):
    """The folder of an npm package that tools/fetch_clients fetched, as NAME@MAJOR; otherwise the test is skipped by its name."""
    fetched_program("node")
    package = name[0] + name[1:].partition("@")[0]
    folder = CLIENTS / "npm" / name.replace("/", "_") / "node_modules" / package
    return folder if folder.is_dir() else unavailable(f"npm's {name} is not there; run tools/fetch_clients")
