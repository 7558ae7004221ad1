"""Which paths a remote opens, and which of them may change."""

import threading
import time

import pytest

from server import remote
from waiting import deadline


def remotes(upstream):
    base = upstream.base_url
    return {
        "open": remote(base),
        "guarded": remote(
            base, immutable_patterns=["\\.tar\\.gz$", "^released/", "a b\\.bin$", "caf\u00e9\\.bin$"]
        ),
        "mixed": remote(
            base,
            immutable_patterns=["\\.bin$"],
            mutable_patterns=["index\\.yaml$", "latest\\.bin$"],
            mutable_ttl=0,
        ),
        "only-mutable": remote(base, mutable_patterns=["index$"], mutable_ttl=0),
        "lookahead": remote(
            base, immutable_patterns=["\\.tgz$"], mutable_patterns=["^(?!.*\\.tgz$).*"], mutable_ttl=0
        ),
        "redos": remote(base, immutable_patterns=["^(a+)+$"]),
        "redos-mutable": remote(base, immutable_patterns=["ok$"], mutable_patterns=["^(.*a){25}$"]),
        "apk": {**remote(base, immutable_patterns=["\\.apk$"], mutable_ttl=0), "package": "alpine"},
        "rpms": {**remote(base, immutable_patterns=["\\.rpm$"], mutable_ttl=0), "package": "rpm"},
    }


def status(site, target):
    path = target.partition("?")[0]
    site.when("/" + path.split("/", 1)[1]).reply(200, b"body")
    return site.get("/api/" + target).status


def is_mutable(site, target):
    """With a TTL of zero a mutable path asks upstream every time, an immutable one only once."""
    path = "/" + target.split("/", 1)[1]
    site.when(path).reply(200, b"body")
    before = site.upstream.count(path)
    assert site.get("/api/" + target).status == 200
    assert site.get("/api/" + target).status == 200
    return site.upstream.count(path) - before == 2


def test_only_what_matches_is_served(site):
    assert status(site, "guarded/x/y.tar.gz") == 200
    assert status(site, "guarded/released/anything") == 200
    assert status(site, "guarded/x/y.tar.gz.exe") == 403
    assert status(site, "guarded/not/released/x") == 403, "^ is the start of the path inside the remote"


def test_what_is_forbidden_never_reaches_upstream(site):
    before = len(site.upstream.requests)
    got = site.get("/api/guarded/evil.exe")
    assert got.status == 403 and got.json()["error"]["message"]
    assert site.head("/api/guarded/evil.exe").status == 403
    assert len(site.upstream.requests) == before


def test_without_immutable_patterns_everything_is_open(site):
    assert status(site, "open/what/ever.exe") == 200
    assert status(site, "only-mutable/what/ever") == 200


def test_a_mutable_pattern_opens_a_path(site):
    assert status(site, "mixed/charts/index.yaml") == 200
    assert status(site, "mixed/charts/other.yaml") == 403


def test_mutable_beats_immutable(site):
    assert is_mutable(site, "mixed/m/latest.bin")
    assert not is_mutable(site, "mixed/m/v1.bin")
    assert is_mutable(site, "mixed/m/index.yaml")


def test_without_immutable_patterns_a_path_is_immutable_unless_it_matches_a_mutable_one(site):
    assert is_mutable(site, "only-mutable/n/index")
    assert not is_mutable(site, "only-mutable/n/file")
    assert not is_mutable(site, "open/n/file")


def test_look_ahead_works(site):
    assert not is_mutable(site, "lookahead/express/-/express-1.0.0.tgz")
    assert is_mutable(site, "lookahead/express")


def test_patterns_see_the_decoded_path(site):
    assert status(site, "guarded/a%20b.bin") == 200
    assert status(site, "guarded/caf%C3%A9.bin") == 200
    assert status(site, "guarded/a%2520b.bin") == 403
    site.when("/x.tar.gz").reply(200, b"body")
    assert site.get("/api/guarded/x.tar%2Egz").status == 200


def test_the_query_is_no_part_of_what_is_matched(site):
    assert status(site, "guarded/q.tar.gz?token=1") == 200
    assert site.get("/api/guarded/q.exe?x=.tar.gz").status == 403


def test_the_index_of_an_alpine_repository_is_open_and_mutable_by_itself(site):
    assert is_mutable(site, "apk/v3.19/main/x86_64/APKINDEX.tar.gz")
    assert not is_mutable(site, "apk/v3.19/main/x86_64/curl-8.5.0-r0.apk")
    assert status(site, "apk/v3.19/main/x86_64/other.txt") == 403


def test_the_metadata_of_an_rpm_repository_is_open_by_itself(site):
    assert is_mutable(site, "rpms/9/os/repodata/repomd.xml")
    assert status(site, "rpms/9/os/repodata/abc-primary.xml.gz") == 200
    assert status(site, "rpms/9/os/x.rpm") == 200
    assert status(site, "rpms/9/os/x.exe") == 403


@pytest.mark.parametrize("target", ["redos/" + "a" * 60 + "b", "redos-mutable/" + "a" * 200 + "!"])
def test_a_pattern_that_explodes_is_403_and_a_log_line_and_disturbs_nobody(site, target):
    site.when("/plain").reply(200, b"plain")
    site.get("/api/open/plain")
    outcome = []
    thread = threading.Thread(target=lambda: outcome.append(site.get("/api/" + target)))
    lines_before = len(site.server.log())
    start = time.monotonic()
    thread.start()
    slowest = 0
    while thread.is_alive() and time.monotonic() - start < 10:
        begun = time.monotonic()
        assert site.get("/api/open/plain").status == 200
        slowest = max(slowest, time.monotonic() - begun)
    thread.join()
    assert outcome[0].status == 403
    assert slowest < deadline(1.0), f"a hit took {slowest:.2f} s meanwhile"
    site.server.wait_log(
        lambda line: "pattern" in str(line).lower()
        and "limit" in str(line).lower()
        and line in site.server.log()[lines_before:],
        what="a log line about the pattern",
    )
