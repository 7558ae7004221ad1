"""/metrics says what the reference page says: the same names, kinds, labels and buckets, in text that a strict reader takes."""

import pathlib
import re

import pytest

import prometheus_text
from server import remote
from waiting import wait_until

PAGE = pathlib.Path(__file__).resolve().parents[1] / "docs/reference/metrics.md"
ROW = re.compile(r"^\| `(artifactapi_\w+)` \| (\w+) \| ([^|]*) \| ([^|]+) \|$", re.MULTILINE)
# What the page says is left out while the program cannot do it, and what needs such an upstream.
MAY_BE_ABSENT = {
    "artifactapi_contradicted_digests_total",
    "artifactapi_upstream_quota_remaining",  # only of upstreams that tell theirs
    "artifactapi_tls_handshakes_total",  # only where TLS is served
    "artifactapi_certificate_reloads_total",
}


def remotes(upstream):
    return {
        "files": remote(upstream.base_url, mutable_patterns=["/changing$"], mutable_ttl=0),
        "away": remote("http://127.0.0.1:9"),
    }


def documented():
    """{name: (kind, labels, help)} of the reference page."""
    return {
        name: (kind, set(re.findall(r"`(\w+)`", labels)), text)
        for name, kind, labels, text in ROW.findall(PAGE.read_text())
    }


def family(name, kinds):
    """A sample's metric: histograms have samples with suffixes."""
    plain = re.sub(r"_(bucket|sum|count)$", "", name)
    return plain if kinds.get(plain) == "histogram" else name


@pytest.fixture(scope="module")
def exposition(site):
    """The text after a hit, a miss, a renewed and a changed copy, an error, a refused path and a bad request."""
    site.when("/f").reply(200, b"content")
    site.when("/changing").etag('"1"').reply(200, b"one")
    for path in ("/api/files/f", "/api/files/f", "/api/files/changing", "/api/files/changing", "/api/away/f"):
        site.get(path)
    site.get("/api/nothere/f")
    site.get("/")
    has = lambda text: 'cache="hit"' in text and 'cache="miss"' in text
    return wait_until(lambda: next(filter(has, [site.get("/metrics").text]), None), what="hit and miss to be counted")


@pytest.fixture(scope="module")
def kinds(exposition):
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", exposition, re.MULTILINE))


def test_the_content_type_names_the_version_of_the_format(site):
    assert site.get("/metrics").header("Content-Type").startswith("text/plain; version=0.0.4")


def test_every_documented_metric_exists_and_every_existing_one_is_documented(exposition, kinds):
    ours = {family(name, kinds) for name in prometheus_text.parse(exposition)}
    page = set(documented())
    assert ours - page == set()
    assert page - ours <= MAY_BE_ABSENT


def test_kinds_labels_and_explanations_are_those_of_the_page(exposition, kinds):
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", exposition, re.MULTILINE))
    page = documented()
    for name, samples in prometheus_text.parse(exposition).items():
        metric = family(name, kinds)
        kind, labels, text = page[metric]
        assert kinds[metric] == kind
        assert helps[metric] == text
        for found, _ in samples:
            assert set(found) - {"le"} == labels, name


def test_buckets_are_those_of_the_page(exposition):
    bounds = re.search(r"have the buckets ([\d., ]+\d)", PAGE.read_text())[1].split(", ")
    for name, samples in prometheus_text.parse(exposition).items():
        if name.endswith("_bucket"):
            found = {float(labels["le"].replace("Inf", "inf")) for labels, _ in samples}
            assert found == {float(bound) for bound in bounds} | {float("inf")}, name


def test_names_follow_the_customs_of_prometheus(exposition, kinds):
    for name, kind in kinds.items():
        assert (kind == "counter") == name.endswith("_total"), name
        assert not re.search(r"_(milliseconds|ms|kilobytes|kb)(_|$)", name), name
