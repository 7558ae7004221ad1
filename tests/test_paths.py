"""One canonical path: what is matched, sent and keyed is the same."""

import pytest

from server import remote


@pytest.mark.parametrize(
    "path, sent",
    [
        ("a+b", "a+b"),
        ("%41%7e%2d", "A~-"),
        ("a%20b", "a%20b"),
        ("caf%c3%a9", "caf%C3%A9"),
        ("@scope%2fname", "@scope%2Fname"),
        ("a//b", "a//b"),
        ("dir/", "dir/"),
        ("a;b=c,d!e$f'g(h)i*j", "a;b=c,d!e$f'g(h)i*j"),
        ("x:y@z", "x:y@z"),
        ("%252e%252e", "%252e%252e"),
        ("a%3Fb", "a%3Fb"),
        ("a%23b", "a%23b"),
        ("a%25b", "a%25b"),
        ("...", "..."),
        ("a..b", "a..b"),
    ],
)
def test_a_path_is_decoded_once_and_sent_in_its_canonical_form(site, unique, path, sent):
    site.when(unique(sent)).reply(200, b"here")
    got = site.get("/api/files" + unique(path))
    assert (got.status, got.body) == (200, b"here"), site.upstream.requests[-1:]
    assert site.upstream.last(unique(sent)).target == unique(sent)


@pytest.mark.parametrize(
    "one, other", [("%41b", "Ab"), ("a%7Eb", "a~b"), ("%2f", "%2F"), ("caf%c3%a9", "caf%C3%A9")]
)
def test_two_spellings_of_one_path_are_one_artifact(site, unique, one, other):
    site.when(unique(other)).reply(200, b"same")
    assert site.get("/api/files" + unique(one)).source == "remote"
    assert site.get("/api/files" + unique(other)).source == "cache"


def test_an_escaped_slash_is_not_a_slash(site, unique):
    site.when(unique("a/b")).reply(200, b"two segments")
    site.when(unique("a%2Fb")).reply(200, b"one segment")
    assert site.get("/api/files" + unique("a/b")).body == b"two segments"
    assert site.get("/api/files" + unique("a%2fb")).body == b"one segment"
    assert site.get("/api/files" + unique("a/b")).body == b"two segments"


def test_a_double_slash_and_a_trailing_slash_are_other_artifacts(site, unique):
    for name in ("a/b", "a//b", "a/b/"):
        site.when(unique(name)).reply(200, name.encode())
    for _ in range(2):
        for name in ("a/b", "a//b", "a/b/"):
            assert site.get("/api/files" + unique(name)).body == name.encode()


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "a/../../secret",
        "a/./b",
        "%2e%2e/secret",
        "a/%2E%2e/b",
        ".%2e/secret",
        "..%2fsecret",
        "a%2f..%2fb",
        "..;x=y/secret",
        "a%5cb",
        "a\\b",
        "a%00b",
        "a%0d%0ab",
        "a%1bb",
        "a%7fb",
        "a%zzb",
        "a%2",
        "%c0%ae%c0%ae/secret",
        "%ff",
    ],
)
def test_a_path_that_could_be_read_in_two_ways_is_400(site, unique, path):
    before = len(site.upstream.requests)
    got = site.get("/api/files" + unique(path))
    assert got.status == 400
    assert len(site.upstream.requests) == before


def test_the_remote_name_itself_cannot_be_left_by_dots(site):
    for path in (
        "/api/../config",
        "/api/files/../../config",
        "/api/%2e%2e/config",
        "/api/files/%2e%2e/%2e%2e/config",
    ):
        assert site.get(path).status == 400


def remotes(upstream):
    return {"files": remote(upstream.base_url)}
