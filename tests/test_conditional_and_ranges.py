"""Conditional requests, ranges and HEAD: before, during and after a fill."""

import email.message
import email.parser

import pytest

from body import Body
from waiting import wait_until

BODY = Body(11, 500_000)
DATE = "Wed, 21 Oct 2015 07:28:00 GMT"


@pytest.fixture
def cached(site, unique):
    """A URL whose artifact (BODY, ETag "v1", DATE) is in the cache."""
    site.when(unique()).reply(200, BODY).etag('"v1"').last_modified(DATE)
    url = "/api/files" + unique()
    assert site.get(url).sha256 == BODY.sha256
    return url


@pytest.mark.parametrize("condition", ['"v1"', "*", 'W/"v1"', '"a", "v1"', '"a",W/"v1" , "b"'])
def test_if_none_match_is_304_when_a_tag_matches(site, cached, condition):
    for method in ("GET", "HEAD"):
        got = site.get(cached, {"If-None-Match": condition}, method=method)
        assert (got.status, got.size, got.complete) == (304, 0, True)
        assert got.header("ETag") == '"v1"'
        assert got.header("Cache-Control")


@pytest.mark.parametrize("condition", ['"v2"', 'W/"v2"', "v1", '""', '"V1"'])
def test_if_none_match_is_200_when_none_matches(site, cached, condition):
    got = site.get(cached, {"If-None-Match": condition})
    assert (got.status, got.sha256) == (200, BODY.sha256)


@pytest.mark.parametrize(
    "date, status",
    [
        (DATE, 304),
        ("Thu, 22 Oct 2015 07:28:00 GMT", 304),
        ("Tue, 20 Oct 2015 07:28:00 GMT", 200),
        ("yesterday", 200),
        ("Wednesday, 21-Oct-15 07:28:00 GMT", 304),
        ("Wed Oct 21 07:28:00 2015", 304),
    ],
)
def test_if_modified_since_compares_dates(site, cached, date, status):
    assert site.get(cached, {"If-Modified-Since": date}).status == status


def test_if_none_match_decides_before_if_modified_since(site, cached):
    assert site.get(cached, {"If-None-Match": '"other"', "If-Modified-Since": DATE}).status == 200
    assert (
        site.get(
            cached, {"If-None-Match": '"v1"', "If-Modified-Since": "Tue, 20 Oct 2015 07:28:00 GMT"}
        ).status
        == 304
    )


def test_if_match_that_fails_is_412(site, cached):
    assert site.get(cached, {"If-Match": '"other"'}).status == 412
    assert site.get(cached, {"If-Match": '"v1"'}).status == 200


@pytest.mark.parametrize(
    "text, first, end",
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-99", 10, 100),
        ("bytes=499999-", 499_999, 500_000),
        ("bytes=400000-9999999", 400_000, 500_000),
        ("bytes=-1", 499_999, 500_000),
        ("bytes=-9999999", 0, 500_000),
        ("bytes=0-", 0, 500_000),
    ],
)
def test_a_single_range_is_206_with_exactly_these_bytes(site, cached, text, first, end):
    got = site.get(cached, {"Range": text})
    assert (got.status, got.complete) == (206, True)
    assert got.body == BODY.slice(first, end)
    assert got.header("Content-Range") == f"bytes {first}-{end - 1}/500000"
    assert got.header("Content-Length") == str(end - first)
    assert got.header("ETag") == '"v1"'


@pytest.mark.parametrize(
    "text", ["bytes=500000-", "bytes=500000-600000", "bytes=-0", "bytes=99999999999999999999-"]
)
def test_a_range_beyond_the_end_is_416(site, cached, text):
    got = site.get(cached, {"Range": text})
    assert got.status == 416
    assert got.header("Content-Range") == "bytes */500000"


@pytest.mark.parametrize(
    "text", ["bytes=", "bytes=a-b", "bytes=5-4", "lines=1-2", "bytes 0-1", "bytes=--1", "bytes=0-1;2-3"]
)
def test_a_range_that_is_none_is_ignored(site, cached, text):
    got = site.get(cached, {"Range": text})
    assert (got.status, got.sha256) == (200, BODY.sha256)


def parts_of(response):
    kind = response.header("Content-Type")
    assert kind.startswith("multipart/byteranges")
    message = email.parser.BytesParser().parsebytes(
        b"Content-Type: " + kind.encode() + b"\r\n\r\n" + response.body
    )
    return {part["Content-Range"]: part.get_payload(decode=True) for part in message.get_payload()}


def test_several_ranges_are_a_multipart_answer(site, unique):
    text = "".join(
        f"line {i:06}\n" for i in range(40_000)
    ).encode()  # printable, so that the MIME parser keeps it
    site.when(unique()).reply(200, text)
    url = "/api/files" + unique()
    site.get(url)
    got = site.get(url, {"Range": "bytes=0-9,1000-1099,-12"})
    assert got.status == 206 and got.complete and "Content-Range" not in got.headers
    parts = parts_of(got)
    n = len(text)
    assert set(parts) == {f"bytes 0-9/{n}", f"bytes 1000-1099/{n}", f"bytes {n - 12}-{n - 1}/{n}"}
    assert parts[f"bytes 1000-1099/{n}"] == text[1000:1100]
    assert int(got.header("Content-Length")) == got.size


def test_a_thousand_overlapping_ranges_cost_no_more_than_the_whole(site, cached):
    for text in (
        "bytes=" + ",".join("0-" for _ in range(1000)),
        "bytes=" + ",".join(f"{i}-" for i in range(60)),
    ):
        got = site.get(cached, {"Range": text})
        assert got.complete and got.status in (200, 206, 416)
        assert got.size < BODY.size + 20_000


@pytest.mark.parametrize(
    "condition, status",
    [
        ('"v1"', 206),
        ('W/"v1"', 200),
        ('"v2"', 200),
        (DATE, 206),
        ("Tue, 20 Oct 2015 07:28:00 GMT", 200),
        ("nonsense", 200),
    ],
)
def test_if_range_needs_the_very_same_version(site, cached, condition, status):
    got = site.get(cached, {"Range": "bytes=0-9", "If-Range": condition})
    assert got.status == status
    assert got.size == (10 if status == 206 else BODY.size)


def test_a_range_does_not_apply_to_head(site, cached):
    got = site.head(cached, {"Range": "bytes=0-9"})
    assert (got.status, got.header("Content-Length")) == (200, "500000")


def test_ranges_of_an_empty_artifact(site, unique):
    site.when(unique()).reply(200, b"")
    url = "/api/files" + unique()
    assert site.get(url).status == 200
    assert site.get(url, {"Range": "bytes=0-0"}).status == 416
    assert site.get(url, {"Range": "bytes=-5"}).status in (200, 416)


def test_a_range_of_something_uncached_stores_the_whole(site, unique):
    site.when(unique()).reply(200, BODY).etag('"v1"').with_ranges()
    url = "/api/files" + unique()
    got = site.get(url, {"Range": "bytes=1000-1999"})
    assert (got.status, got.body) == (206, BODY.slice(1000, 2000))
    assert site.upstream.last(unique(), "GET").header("range") is None
    whole = site.get(url)
    assert (whole.status, whole.sha256) == (200, BODY.sha256)
    assert site.upstream.gets(unique()) == 1


def test_a_condition_on_something_uncached_is_ours_to_judge(site, unique):
    site.when(unique()).reply(200, BODY).etag('"v1"')
    url = "/api/files" + unique()
    got = site.get(url, {"If-None-Match": '"v1"'})
    assert got.status == 304
    assert site.upstream.last(unique(), "GET").header("if-none-match") is None
    wait_until(lambda: site.get(url).source == "cache")
    assert site.upstream.gets(unique()) == 1


def test_ranges_during_a_fill_are_answered_from_what_is_there(site, unique):
    stalled = site.when(unique()).reply(200, BODY).etag('"v1"').stall_after(250_000)
    url = "/api/files" + unique()
    with site.connect() as first, site.connect() as ahead:
        first.ask(url)
        stalled.wait_stalled()
        behind = site.get(url, {"Range": "bytes=1000-200000"})
        assert (behind.status, behind.body) == (206, BODY.slice(1000, 200_001))
        ahead.ask(url, headers={"Range": "bytes=240000-260000"})
        assert ahead.read_until(9_000).size >= 9_000
        stalled.release()
        assert ahead.read().body == BODY.slice(240_000, 260_001)
        assert first.read().sha256 == BODY.sha256
    assert site.upstream.gets(unique()) == 1


def test_a_suffix_during_a_fill_waits_for_the_end(site, unique):
    stalled = site.when(unique()).reply(200, BODY).stall_after(250_000)
    url = "/api/files" + unique()
    with site.connect() as first, site.connect() as suffix:
        first.ask(url)
        stalled.wait_stalled()
        suffix.ask(url, headers={"Range": "bytes=-100"})
        assert suffix.silent_for(0.2)
        stalled.release()
        got = suffix.read()
        assert (got.status, got.body) == (206, BODY.slice(499_900, 500_000))
        assert first.read().complete


def test_a_range_beyond_the_end_is_416_during_a_fill_too(site, unique):
    stalled = site.when(unique()).reply(200, BODY).stall_after(250_000)
    with site.connect() as first:
        first.ask("/api/files" + unique())
        stalled.wait_stalled()
        got = site.get("/api/files" + unique(), {"Range": "bytes=500000-"})
        assert (got.status, got.header("Content-Range")) == (416, "bytes */500000")
        stalled.release()
        assert first.read().complete


def test_head_of_something_cached_asks_nobody(site, cached, unique):
    asked = site.upstream.count(unique())
    got = site.head(cached)
    assert (got.status, got.size, got.source) == (200, 0, "cache")
    assert got.header("Content-Length") == "500000"
    assert site.upstream.count(unique()) == asked


def test_head_of_something_uncached_asks_upstream_and_downloads_nothing(site, unique):
    site.when(unique()).reply(200, BODY).etag('"v1"').last_modified(DATE)
    url = "/api/files" + unique()
    got = site.head(url)
    assert (got.status, got.size, got.source, got.complete) == (200, 0, "remote", True)
    assert (got.header("Content-Length"), got.header("ETag"), got.header("Last-Modified")) == (
        "500000",
        '"v1"',
        DATE,
    )
    assert site.upstream.gets(unique()) == 0 and site.upstream.count(unique(), "HEAD") == 1
    assert site.get(url).source == "remote"


def test_head_of_something_missing_is_404_and_a_body_to_head_is_no_confusion(site, unique):
    assert site.head("/api/files" + unique("missing")).status == 404
    site.when(unique(), "HEAD").reply(200, b"wrongly sent").body_on_head().closing()
    assert site.head("/api/files" + unique()).status == 200
    site.when(unique("next")).reply(200, b"right")
    assert site.get("/api/files" + unique("next")).body == b"right"


def test_head_during_a_fill_does_not_wait_for_it(site, unique):
    stalled = site.when(unique()).reply(200, BODY).etag('"v1"').stall_after(250_000)
    url = "/api/files" + unique()
    with site.connect() as first:
        first.ask(url)
        stalled.wait_stalled()
        got = site.head(url, timeout=5)
        assert (got.status, got.header("Content-Length")) == (200, "500000")
        stalled.release()
        assert first.read().complete
    assert site.upstream.gets(unique()) == 1
