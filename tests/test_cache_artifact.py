"""POST /cache-artifact: fetching ahead what the same GETs would."""

import json

import pytest

from server import remote


def remotes(upstream):
    return {
        "files": remote(upstream.base_url),
        "guarded": remote(upstream.base_url, immutable_patterns=["\\.bin$"]),
    }


def order(site, **what):
    body = what.pop("raw", None) or json.dumps(what).encode()
    return site.get("/cache-artifact", {"Content-Type": "application/json"}, method="POST", body=body)


@pytest.fixture(autouse=True)
def _built(site):
    if order(site, remote="files", paths=[]).status in (404, 405, 501):
        pytest.skip("LOUD: POST /cache-artifact is not built yet")


def test_paths_are_fetched_once_and_then_already_cached(site, unique):
    for name in ("a", "b"):
        site.when(unique(name)).reply(200, name.encode())
    paths = [unique(name).lstrip("/") for name in ("a", "b", "missing")]
    first = order(site, remote="files", paths=paths)
    assert first.status == 200
    answer = first.json()
    assert (
        answer["remote"],
        answer["matched"],
        answer["cached_count"],
        answer["already_cached"],
        answer["failed"],
    ) == ("files", 3, 2, 0, 1)
    assert {a["path"]: a["size"] for a in answer["artifacts"] if not a.get("error")} == {
        paths[0]: 1,
        paths[1]: 1,
    }
    assert [a["path"] for a in answer["artifacts"] if a.get("error")] == [paths[2]]
    again = order(site, remote="files", paths=paths[:2]).json()
    assert (again["cached_count"], again["already_cached"]) == (0, 2)
    assert site.get("/api/files" + unique("a")).source == "cache"
    assert site.upstream.gets(unique("a")) == 1


def test_patterns_and_canonical_paths_hold_here_too(site, unique):
    before = len(site.upstream.requests)
    answer = order(site, remote="guarded", paths=["x.exe", "../x.bin", "a/%2e%2e/x.bin"])
    assert answer.status in (200, 400)
    if answer.status == 200:
        assert answer.json()["cached_count"] == 0 and answer.json()["failed"] == 3
    assert len(site.upstream.requests) == before


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'{"remote": 5}',
        b'{"remote":"files","paths":"x"}',
        b'{"remote":"files","include_pattern":"("}',
        b"{" * 5000,
    ],
)
def test_a_bad_order_is_400(site, raw):
    assert order(site, raw=raw or b" ").status == 400


def test_an_unknown_remote_is_404(site):
    assert order(site, remote="nothere", paths=["x"]).status == 404


def test_more_than_a_thousand_paths_are_refused(site):
    assert order(site, remote="files", paths=[str(i) for i in range(1001)]).status in (400, 413)
