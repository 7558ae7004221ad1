"""Prometheus' own promtool reads /metrics of a program that has served something."""
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest

from availability import unavailable
from static_upstream import StaticUpstream

REMOTES = """remotes:
  files:
    base_url: "{base_url}"
    type: "remote"
    package: "generic"
"""


@pytest.fixture(scope="module")
def promtool(tmp_path_factory):
    """The installed one, else that of the Debian package, unpacked: installing it would start a server."""
    found = shutil.which("promtool")
    if found:
        return found
    folder = tmp_path_factory.mktemp("prometheus")
    try:
        subprocess.run(["apt-get", "download", "-qq", "prometheus"], cwd=folder, check=True, capture_output=True, timeout=120)
        (package,) = folder.glob("*.deb")
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True, timeout=120)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        unavailable(f"promtool is not installed, and apt-get download prometheus failed: {error}")
    return str(folder / "usr/bin/promtool")


def ask(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        return error.read()


def test_promtool_finds_nothing_to_complain_about(promtool, start_program, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files/f").write_bytes(b"content")
    upstream = StaticUpstream(tmp_path / "files").start()
    try:
        program = start_program(tmp_path / "work", REMOTES.format(base_url=upstream.url))
        for path in ("f", "f", "absent"):
            ask(f"{program.url('files')}/{path}")
        text = ask(f"http://127.0.0.1:{program.port}/metrics")
    finally:
        upstream.stop()
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_promtool_would_find_a_metric_without_an_explanation(promtool):
    done = subprocess.run([promtool, "check", "metrics"], input=b"x_total 1\nx_total 2\n", capture_output=True, timeout=60)
    assert done.returncode != 0
