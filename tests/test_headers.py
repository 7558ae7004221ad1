"""The headers of artifact responses."""

import email.utils
import re

import pytest

from body import Body
from server import remote
from waiting import wait_until


def remotes(upstream):
    return {
        "files": remote(upstream.base_url),
        "changing": remote(upstream.base_url, mutable_patterns=[".*"], mutable_ttl=3600),
        "short": remote(upstream.base_url, mutable_patterns=[".*"], mutable_ttl=30),
    }


def twice(site, url):
    """The miss and the hit."""
    miss, hit = site.get(url), site.get(url)
    assert (miss.source, hit.source) == ("remote", "cache")
    return miss, hit


@pytest.mark.parametrize("size", [5, 300_000])
def test_the_source_is_remote_then_cache(site, unique, size):
    site.when(unique()).reply(200, Body(1, size))
    miss, hit = twice(site, "/api/files" + unique())
    assert miss.sha256 == hit.sha256 == Body(1, size).sha256
    assert hit.header("Content-Length") == str(size)
    assert miss.header("Content-Length") == str(size)


@pytest.mark.parametrize(
    "name, kind",
    [
        ("x.tar.gz", "application/gzip"),
        ("x.tgz", "application/gzip"),
        ("x.zip", "application/zip"),
        ("x.json", "application/json"),
        ("X.JSON", "application/json"),
    ],
)
def test_the_content_type_comes_from_the_name_where_the_name_tells(site, unique, name, kind):
    site.when(unique(name)).reply(200, b"x", {"Content-Type": "text/html"})
    for got in twice(site, "/api/files" + unique(name)):
        assert got.header("Content-Type").split(";")[0] == kind


def test_the_content_type_is_upstreams_where_the_name_does_not_tell(site, unique):
    site.when(unique("some-program")).reply(200, b"x", {"Content-Type": "application/x-thing"})
    for got in twice(site, "/api/files" + unique("some-program")):
        assert got.header("Content-Type") == "application/x-thing"


@pytest.mark.parametrize(
    "path, expected",
    [
        ("plain.tar.gz", 'filename="plain.tar.gz"'),
        ("with%20space.zip", 'filename="with space.zip"'),
        ("caf%C3%A9.zip", "filename*=UTF-8''caf%C3%A9.zip"),
    ],
)
def test_the_file_name_is_offered_for_download(site, unique, path, expected):
    site.when(unique(path)).reply(200, b"x")
    for got in twice(site, "/api/files" + unique(path)):
        assert got.header("Content-Disposition").startswith("attachment")
        assert expected in got.header("Content-Disposition")


def test_a_hostile_file_name_stays_one_header(site, unique):
    path = "a%22%3B%20filename%3Devil.exe%3B"
    site.when(unique(path.replace("%3B", ";").replace("%3D", "="))).reply(200, b"x")
    value = site.get("/api/files" + unique(path)).header("Content-Disposition")
    assert re.fullmatch(
        r'attachment; filename="(?:[^"\\\r\n]|\\.)*"(; filename\*=UTF-8\'\'[^";, ]+)?', value
    ), value


def test_a_strong_etag_of_upstream_is_passed_on(site, unique):
    site.when(unique()).reply(200, b"x").etag('"abc-123"')
    for got in twice(site, "/api/files" + unique()):
        assert got.header("ETag") == '"abc-123"'


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_strong_etag_one_is_derived_and_stays(site, unique, etag):
    reply = site.when(unique()).reply(200, b"x")
    if etag:
        reply.etag(etag)
    miss, hit = twice(site, "/api/files" + unique())
    assert re.fullmatch(r'"[!#-~]+"', miss.header("ETag"))
    assert miss.header("ETag") == hit.header("ETag") == site.head("/api/files" + unique()).header("ETag")


def test_two_artifacts_have_two_derived_etags(site, unique):
    tags = set()
    for name in ("a", "b"):
        site.when(unique(name)).reply(200, b"same content")
        tags.add(site.get("/api/files" + unique(name)).header("ETag"))
    assert len(tags) == 2


def test_last_modified_is_upstreams(site, unique):
    site.when(unique()).reply(200, b"x").last_modified("Wed, 21 Oct 2015 07:28:00 GMT")
    for got in twice(site, "/api/files" + unique()):
        assert got.header("Last-Modified") == "Wed, 21 Oct 2015 07:28:00 GMT"


def test_the_age_of_a_hit_is_told(site, unique):
    site.when(unique()).reply(200, b"x")
    _, hit = twice(site, "/api/files" + unique())
    assert 0 <= int(hit.header("Age")) < 60


def directives(response):
    assert len(response.headers.all("Cache-Control")) == 1
    return dict(part.strip().partition("=")[::2] for part in response.header("Cache-Control").split(","))


@pytest.mark.parametrize("upstream_says", [None, "no-store", "public, max-age=5"])
def test_cache_control_of_an_immutable_artifact_is_a_day(site, unique, upstream_says):
    site.when(unique()).reply(200, b"x", {"Cache-Control": upstream_says} if upstream_says else {})
    for got in twice(site, "/api/files" + unique()):
        assert directives(got)["max-age"] == "86400"
        assert "immutable" not in directives(got), "only where the URL names a digest"
        assert "no-store" not in directives(got)


def test_cache_control_of_a_mutable_artifact_is_at_most_a_minute(site, unique):
    site.when(unique()).reply(200, b"x")
    for got in twice(site, "/api/changing" + unique()):
        assert directives(got)["max-age"] == "60"
    for got in twice(site, "/api/short" + unique()):
        assert 0 <= int(directives(got)["max-age"]) <= 30


def test_ranges_are_announced_and_sniffing_is_forbidden(site, unique):
    site.when(unique()).reply(200, b"<html>", {"Content-Type": "text/html"})
    for got in twice(site, "/api/files" + unique()):
        assert got.header("Accept-Ranges") == "bytes"
        assert got.header("X-Content-Type-Options") == "nosniff"
        assert got.header("Content-Security-Policy") == "sandbox; default-src 'none'"


def test_every_response_has_a_date_and_a_request_id_of_its_own(site, unique):
    site.when(unique()).reply(200, b"x")
    ids = set()
    for path in ["/api/files" + unique()] * 3 + ["/health", "/nothere", "/api/files/../x"]:
        got = site.get(path)
        ids.add(got.header("X-Request-Id"))
        assert email.utils.parsedate_to_datetime(got.header("Date"))
        assert got.header("X-Content-Type-Options") == "nosniff"
    assert len(ids) == 6 and None not in ids


def test_hop_by_hop_headers_and_cookies_stop_here(site, unique):
    site.when(unique()).reply(
        200,
        b"x",
        [
            ("Connection", "keep-alive, X-Named"),
            ("X-Named", "secret"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Authenticate", "Basic"),
            ("Proxy-Connection", "keep-alive"),
            ("Upgrade", "h2c"),
            ("Trailer", "X-T"),
            ("Set-Cookie", "session=1"),
            ("Set-Cookie2", "session=1"),
            ("WWW-Authenticate", "Basic"),
            ("Alt-Svc", 'h3=":443"'),
        ],
    )
    for got in twice(site, "/api/files" + unique()):
        for name in (
            "X-Named",
            "Proxy-Authenticate",
            "Proxy-Connection",
            "Upgrade",
            "Trailer",
            "Set-Cookie",
            "Set-Cookie2",
            "WWW-Authenticate",
            "Alt-Svc",
        ):
            assert name not in got.headers, name
        assert got.header("Keep-Alive") != "timeout=5"


@pytest.mark.parametrize(
    "bad",
    [
        b"X-Evil: a\x00b",
        b"X-Evil: a\rSet-Cookie: x=1",
        b" folded: yes",
        b"X Evil: 1",
        b"X-Long: " + b"a" * 200_000,
        b"\r\n".join(b"X-%d: 1" % i for i in range(10_000)),
    ],
)
def test_hostile_header_lines_of_upstream_never_come_through(site, unique, bad):
    site.when(unique()).raw(b"HTTP/1.1 200 OK\r\n" + bad + b"\r\nContent-Length: 2\r\n\r\nok")
    got = site.get("/api/files" + unique())
    assert got.complete, got.error
    assert got.status in (200, 502)
    assert "X-Evil" not in got.headers or got.header("X-Evil").isprintable()
    assert "Set-Cookie" not in got.headers
    assert sum(len(k) + len(v) for k, v in got.headers) < 64 * 1024


def test_one_asker_does_not_shape_what_the_next_one_gets(site, unique):
    site.when(unique()).reply(200, Body(1, 100_000)).etag('"v"')
    odd = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "Range": "bytes=5-9",
        "Accept": "image/png",
        "Accept-Encoding": "gzip, br",
        "Accept-Language": "tlh",
        "If-None-Match": '"other"',
    }
    assert site.get("/api/files" + unique(), odd).body == Body(1, 100_000).slice(5, 10)
    # The part was there before the whole: who joins in between has it from upstream, too.
    listed = "/artifacts/files?pattern=" + unique().strip("/")
    wait_until(lambda: site.get(listed).json()["artifacts"], 10, "the whole to be stored")
    got = site.get("/api/files" + unique())
    assert (got.status, got.sha256, got.source) == (200, Body(1, 100_000).sha256, "cache")
    asked = site.upstream.last(unique())
    for name in ("range", "if-none-match", "accept-language", "x-forwarded-host"):
        assert asked.header(name) is None
    assert asked.header("host") == site.upstream.authority
