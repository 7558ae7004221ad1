"""Metadata that an index tells of and has not is taken out of the wheel."""

import io
import zipfile

import pytest

from server import remote

METADATA = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
FILE = "/packages/demo-1.0-py3-none-any.whl"


def wheel(*members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return content.getvalue()


GOOD = wheel(("demo/__init__.py", b"x = 1\n" * 20_000), ("demo-1.0.dist-info/METADATA", METADATA))


@pytest.fixture
def start(server, upstream):
    return lambda **keys: server({"py": {**remote(upstream.base_url, **keys), "package": "pypi"}})


@pytest.mark.parametrize("status", [404, 403])
def test_it_is_taken_out_of_the_wheel(start, upstream, status):
    upstream.when(FILE).reply(200, GOOD)
    upstream.when(FILE + ".metadata").reply(status, b"no")
    running = start(immutable_patterns=["\\.whl$"])
    for _ in range(2):
        assert running.get("/api/py" + FILE + ".metadata").body == METADATA
    assert running.get("/api/py" + FILE).body == GOOD
    assert upstream.gets(FILE) == 1


def test_upstreams_own_counts_first(start, upstream):
    upstream.when(FILE + ".metadata").reply(200, b"upstream's")
    running = start()
    assert running.get("/api/py" + FILE + ".metadata").body == b"upstream's"
    assert upstream.gets(FILE) == 0


def test_without_the_wheel_it_is_not_there(start, upstream):
    upstream.when(FILE + ".metadata").reply(404, b"no")
    upstream.when(FILE).reply(404, b"no")
    assert start().get("/api/py" + FILE + ".metadata").status == 404


# Archives tell the time, and workers have to agree on the names of tests.
@pytest.mark.parametrize("content", [b"no archive", wheel(("demo/a.py", b"1")), GOOD[:-30]], ids=["bytes", "another", "cut"])
def test_what_is_no_wheel_is_an_error_and_nothing_else(start, upstream, content):
    upstream.when(FILE).reply(200, content)
    upstream.when(FILE + ".metadata").reply(404, b"no")
    running = start()
    assert running.get("/api/py" + FILE + ".metadata").status in (400, 404, 502)
    assert running.get("/api/py" + FILE).body == content


def test_patterns_that_refuse_the_file_refuse_its_metadata(start, upstream):
    upstream.when(FILE).reply(200, GOOD)
    running = start(immutable_patterns=["\\.tar\\.gz$"])
    assert running.get("/api/py" + FILE + ".metadata").status == 403
    assert upstream.count() == 0
