"""Images of a registry pulled through: /v2/{remote}/{name}, tags and digests, negotiation, names and errors."""

import json

import pytest

from body import Body
from registry import DOCKER, DOCKER_LIST, INDEX, MANIFEST, Registry, digest_of, images
from server import remote
from upstream import Upstream
from waiting import wait_until

ALL_TYPES = ", ".join([INDEX, MANIFEST, DOCKER_LIST, DOCKER])
ABSENT = "sha256:" + "0" * 64


def remotes(upstream):
    base = upstream.base_url
    return {
        "hub": images(base, mutable_ttl=3600),
        "always": images(base, mutable_ttl=0),
        "gated": images(base, mutable_ttl=3600, immutable_patterns=["^free/", "^also/"]),
        "below": images(base + "/some/where"),
        "files": remote(base),
    }


@pytest.fixture
def registry(site):
    return Registry(site.upstream)


@pytest.fixture
def name(request):
    """An image name that no other test uses."""
    return request.node.name.split("[")[0].replace("_", "-").lower() + "/image"


def get(site, name, kind, reference, remote="hub", **headers):
    return site.get(f"/v2/{remote}/{name}/{kind}/{reference}", {k.replace("_", "-"): v for k, v in headers.items()})


def head(site, name, kind, reference, remote="hub", **headers):
    return site.head(f"/v2/{remote}/{name}/{kind}/{reference}", {k.replace("_", "-"): v for k, v in headers.items()})


def code(response):
    return response.json()["errors"][0]["code"]


def asked(site, name):
    return [(r.method, r.path.split("/")[-1]) for r in site.upstream.asked() if f"/v2/{name}/" in r.path]


# The root.


@pytest.mark.parametrize("target", ["/v2", "/v2/"])
def test_the_root_says_that_the_api_is_here(site, target):
    got = site.get(target)
    assert (got.status, got.json()) == (200, {})
    assert got.header("Docker-Distribution-Api-Version") == "registry/2.0"
    assert site.head(target).status == 200


@pytest.mark.parametrize(
    "method, target, status, word",
    [
        ("GET", "/v2/nowhere/x/manifests/latest", 404, "NAME_UNKNOWN"),
        ("GET", "/v2/files/x/manifests/latest", 404, "NAME_UNKNOWN"),
        ("GET", "/v2/hub/x/manifests/.not-a-tag", 404, "MANIFEST_UNKNOWN"),
        ("GET", "/v2/hub/x/manifests/sha256:12", 400, "DIGEST_INVALID"),
        ("GET", "/v2/hub/x/blobs/sha512:" + "0" * 128, 400, "UNSUPPORTED"),
        ("GET", "/v2/hub/X/manifests/latest", 400, "NAME_INVALID"),
        ("GET", "/v2/hub/x/unknown", 404, "NAME_UNKNOWN"),
        ("GET", "/v2/hub/x/manifests/absent", 404, "MANIFEST_UNKNOWN"),
        ("GET", "/v2/hub/x/blobs/" + ABSENT, 404, "BLOB_UNKNOWN"),
        ("GET", "/v2/hub/x/tags/list", 404, "NAME_UNKNOWN"),
        ("GET", "/v2/gated/x/manifests/latest", 403, "DENIED"),
        ("GET", "/v2/gated/x/tags/list", 403, "DENIED"),
        ("GET", "/v2/../x", 400, "UNSUPPORTED"),
        ("POST", "/v2/hub/x/blobs/uploads/", 405, "UNSUPPORTED"),
        ("PUT", "/v2/hub/x/manifests/latest", 405, "UNSUPPORTED"),
        ("DELETE", "/v2/hub/x/manifests/latest", 405, "UNSUPPORTED"),
    ],
)
def test_errors_are_written_as_registries_do(site, method, target, status, word):
    got = site.get(target, method=method)
    assert (got.status, code(got)) == (status, word)
    assert got.header("Docker-Distribution-Api-Version") == "registry/2.0"
    assert got.header("Content-Type") == "application/json"


@pytest.mark.parametrize("status, word", [(429, "TOOMANYREQUESTS"), (401, "DENIED"), (500, "UNKNOWN")])
def test_what_upstream_refuses_is_an_error_of_the_api_too(site, name, status, word):
    site.when(f"/v2/{name}/manifests/latest").reply(status, b"no", {"Retry-After": "7"})
    got = get(site, name, "manifests", "latest")
    assert (got.status, code(got)) == ({429: 429, 401: 403, 500: 502}[status], word)
    if status == 429:
        assert got.header("Retry-After") == "7"


# Tags and digests.


def test_an_image_is_pulled_cold_and_warm_and_without_its_registry(server):
    with Upstream() as upstream:
        registry = Registry(upstream)
        digest, content, blobs = registry.image("a/b/c/d")
        running = server({"hub": images(upstream.base_url)})

        def pull():
            sources = []
            for kind, reference in [("manifests", "latest"), ("manifests", digest)] + [("blobs", b) for b in blobs]:
                got = running.get(f"/v2/hub/a/b/c/d/{kind}/{reference}")
                assert got.status == 200 and got.complete
                expected = digest if kind == "manifests" else reference
                assert digest_of(got.body) == expected == got.header("Docker-Content-Digest")
                assert got.header("ETag") == f'"{expected}"'
                assert got.header("Content-Type") == (MANIFEST if kind == "manifests" else "application/octet-stream")
                assert "Content-Disposition" not in got.headers
                sources.append(got.source)
            return sources

        assert pull() == ["remote", "cache", "remote", "remote", "remote"]
        assert running.get("/v2/hub/a/b/c/d/manifests/latest").body == content
        assert pull() == ["cache"] * 5
        assert {r.method for r in upstream.asked()} == {"GET"}
        upstream.stop()
        assert pull() == ["cache"] * 5
        running.restart()
        assert pull() == ["cache"] * 5


def test_upstream_is_asked_for_every_type_of_manifest(site, registry, name):
    registry.image(name)
    assert get(site, name, "manifests", "latest", Accept="*/*").status == 200
    accept = site.upstream.last(f"/v2/{name}/manifests/latest").header("accept")
    assert accept == ALL_TYPES


def test_a_head_names_length_and_digest_and_never_downloads(site, registry, name):
    digest, content, blobs = registry.image(name, layers=[Body(3, 1 << 20)])
    for kind, reference, size in [
        ("manifests", "latest", len(content)),
        ("manifests", digest, len(content)),
        ("blobs", blobs[1], 1 << 20),
    ]:
        got = head(site, name, kind, reference)
        assert (got.status, got.header("Content-Length")) == (200, str(size))
        assert got.header("Docker-Content-Digest") == (digest if kind == "manifests" else reference)
    assert {method for method, _ in asked(site, name)} == {"HEAD"}


def test_what_a_head_told_of_a_tag_holds_when_its_digest_was_fetched(server, upstream):
    registry = Registry(upstream)
    digest, content, _ = registry.image("x")
    running = server({"hub": images(upstream.base_url)})
    assert running.head("/v2/hub/x/manifests/latest").header("Docker-Content-Digest") == digest
    assert running.get(f"/v2/hub/x/manifests/{digest}").body == content
    upstream.stop()
    ask = lambda: running.head("/v2/hub/x/manifests/latest")
    got = wait_until(lambda: (r := ask()).status == 200 and r, 5, "the tag to be known")
    assert (got.status, got.source, got.header("Docker-Content-Digest")) == (200, "cache", digest)
    assert running.get("/v2/hub/x/manifests/latest").body == content


def test_a_tag_that_has_not_moved_costs_one_head(site, registry, name):
    _, content, _ = registry.image(name)
    assert get(site, name, "manifests", "latest", "always").source == "remote"
    for _ in range(3):
        got = get(site, name, "manifests", "latest", "always")
        assert (got.body, got.source) == (content, "cache")
    assert asked(site, name) == [("GET", "latest")] + [("HEAD", "latest")] * 3


def test_a_tag_that_moved_is_fetched(site, registry, name):
    old, _, _ = registry.image(name)
    assert get(site, name, "manifests", "latest", "always").header("Docker-Content-Digest") == old
    new, content, _ = registry.image(name, layers=[b"other"])
    got = get(site, name, "manifests", "latest", "always")
    assert (got.body, got.source, got.header("Docker-Content-Digest")) == (content, "remote", new)
    assert get(site, name, "manifests", old, "always").source == "cache"


def test_a_head_without_a_digest_settles_nothing(site, registry, name):
    content = b'{"schemaVersion":2}'
    registry.manifest(name, content, tag="latest", digest_header=False)
    assert get(site, name, "manifests", "latest", "always").header("Docker-Content-Digest") == digest_of(content)
    assert get(site, name, "manifests", "latest", "always").body == content
    assert asked(site, name) == [("GET", "latest"), ("HEAD", "latest"), ("GET", "latest")]


def test_a_tag_is_stale_while_its_registry_is_away(server, upstream):
    registry = Registry(upstream)
    _, content, _ = registry.image("x")
    running = server({"hub": images(upstream.base_url, mutable_ttl=0)})
    assert running.get("/v2/hub/x/manifests/latest").source == "remote"
    upstream.stop()
    got = running.get("/v2/hub/x/manifests/latest")
    assert (got.body, got.source, got.header("Warning")) == (content, "cache", '110 - "Response is Stale"')


def test_short_names_are_not_changed_on_other_registries(site, registry):
    digest, _, _ = registry.image("short")
    assert get(site, "short", "manifests", "latest").header("Docker-Content-Digest") == digest


def test_a_registry_may_have_a_path_of_its_own(site, name):
    digest, content, _ = Registry(site.upstream, "/some/where").image(name)
    assert get(site, name, "manifests", "latest", "below").body == content


def test_the_general_address_gives_the_same(site, registry, name):
    digest, content, _ = registry.image(name)
    assert get(site, name, "manifests", "latest").body == content
    for target in (f"/api/hub/v2/{name}/manifests/latest", f"/api/v1/remote/hub/{name}/manifests/{digest}"):
        got = site.get(target)
        assert (got.body, got.source, got.header("Docker-Content-Digest")) == (content, "cache", digest)
    assert site.get(f"/api/hub/{name}/manifests/absent").json()["error"]["code"] == "not_found"


# Digests that are belied.


@pytest.mark.parametrize("size", [2_000, 3 << 20])
@pytest.mark.parametrize("framed", [True, False])
def test_a_blob_that_belies_its_digest_is_never_completed_and_never_stored(site, registry, name, size, framed):
    good, wrong = Body(f"good {framed}", size), Body(2, size)
    digest = "sha256:" + good.sha256
    path = f"/v2/{name}/blobs/{digest}"
    site.when(path).reply(200, wrong).length(framed).then().reply(200, good).length(framed)
    first = site.get(f"/v2/hub{path[3:]}")
    if size < 64 * 1024:
        assert (first.status, code(first)) == (502, "UNKNOWN")
    else:
        assert not first.complete and first.size < size
    assert site.server.metric("artifactapi_contradicted_digests_total") >= 1
    refused = site.get(f"/v2/hub{path[3:]}")
    assert (refused.status, code(refused), site.upstream.gets(path)) == (502, "UNKNOWN", 1)
    site.server.restart()  # half a minute later
    again = site.get(f"/v2/hub{path[3:]}")
    assert again.complete and again.sha256 == good.sha256
    assert site.get(f"/v2/hub{path[3:]}").source == "cache"


def test_a_tag_that_belies_the_digest_in_its_own_head_is_refused(site, registry, name):
    path = f"/v2/{name}/manifests/latest"
    site.when(path).reply(200, b"{}", {"Docker-Content-Digest": ABSENT, "Content-Type": MANIFEST})
    assert get(site, name, "manifests", "latest").status == 502
    registry.image(name)
    site.server.restart()  # half a minute later
    assert get(site, name, "manifests", "latest").status == 200


def test_a_manifest_of_4_MiB_is_taken_and_a_larger_one_than_8_MiB_is_not(site, registry, name):
    large = registry.manifest(name, b"{" + b" " * (4 << 20) + b"}")
    assert get(site, name, "manifests", large).complete
    huge = registry.manifest(name, b"{" + b" " * (8 << 20) + b"}")
    got = get(site, name, "manifests", huge)
    assert (got.status, code(got)) == (502, "UNKNOWN") and "larger" in got.text


# Blobs.


def test_fifty_clients_fetch_a_blob_once(site, registry, name):
    body = Body(5, 4 << 20)
    digest = registry.blob(name, body)
    stalled = site.upstream.when(f"/v2/{name}/blobs/{digest}").reply(200, body).stall_after(1 << 20)
    herd = site.server.herd(50, f"/v2/hub/{name}/blobs/{digest}")
    stalled.wait_stalled()
    wait_until(lambda: min(herd.received) > 0, 10, "every client to have its first bytes")
    stalled.release()
    assert {r.sha256 for r in herd.join()} == {body.sha256}
    assert asked(site, name) == [("GET", digest)]


def test_parts_of_a_blob_are_given(site, registry, name):
    content = Body(6, 200_000).bytes()
    digest = registry.blob(name, content)
    for first, last in [(0, 0), (1000, 1999), (150_000, 199_999)]:
        got = get(site, name, "blobs", digest, Range=f"bytes={first}-{last}")
        assert (got.status, got.body) == (206, content[first : last + 1])
        assert got.header("Docker-Content-Digest") == digest
    got = get(site, name, "blobs", digest, Range="bytes=200000-")
    assert (got.status, got.header("Content-Range")) == (416, "bytes */200000")


def test_a_blob_on_another_host_is_fetched_from_there(site, registry, name):
    with Upstream("127.0.0.2") as cdn:
        content = b"from afar"
        digest = digest_of(content)
        cdn.when("/store").reply(200, content)
        site.when(f"/v2/{name}/blobs/{digest}").redirect(cdn.base_url + "/store?signed=1", 307)
        assert get(site, name, "blobs", digest).body == content
        assert cdn.last("/store").header("authorization") is None


def test_a_blob_is_one_for_all_images_of_a_remote(site, registry, name):
    digest = registry.blob(name, b"shared by both")
    assert get(site, name, "blobs", digest).source == "remote"
    got = get(site, name + "/other", "blobs", digest)
    assert (got.body, got.source) == (b"shared by both", "cache")


def test_with_patterns_another_image_has_a_blob_only_when_upstream_says_so(site):
    registry = Registry(site.upstream)
    digest = registry.blob("free/one", b"layer of one and two")
    registry.blob("also/two", b"layer of one and two")
    assert get(site, "free/one", "blobs", digest, "gated").source == "remote"
    got = get(site, "free/private", "blobs", digest, "gated")
    assert (got.status, code(got)) == (404, "BLOB_UNKNOWN")
    got = get(site, "also/two", "blobs", digest, "gated")
    assert (got.status, got.body, got.source) == (200, b"layer of one and two", "cache")
    assert asked(site, "also/two") == [("HEAD", digest)]
    got = get(site, "also/two", "blobs", digest, "gated")
    assert got.source == "cache" and asked(site, "also/two") == [("HEAD", digest)]


# Negotiation.


def test_a_client_that_takes_no_index_gets_a_manifest(site, registry, name):
    single, _, _ = registry.image(name)
    index = json.dumps({"schemaVersion": 2, "manifests": [{"digest": single}]}).encode()
    manifest = b'{"schemaVersion":2,"single":true}'
    path = f"/v2/{name}/manifests/latest"
    site.when(path).reply(200, index, {"Content-Type": INDEX}).then().reply(200, manifest, {"Content-Type": MANIFEST})
    assert get(site, name, "manifests", "latest", Accept=f"{INDEX}, {MANIFEST}").body == index
    assert get(site, name, "manifests", "latest", Accept=f"{INDEX}, {MANIFEST}").source == "cache"
    for _ in range(3):
        got = get(site, name, "manifests", "latest", Accept=f"{DOCKER}, {MANIFEST}")
        assert (got.body, got.header("Content-Type")) == (manifest, MANIFEST)
    assert site.upstream.last(path).header("accept") == f"{MANIFEST}, {DOCKER}"
    for accept in (INDEX, "*/*", f"{MANIFEST}, */*", "application/json"):
        assert get(site, name, "manifests", "latest", Accept=accept).body == index
    assert get(site, name, "manifests", "latest", Accept=f"{INDEX};q=0.5").body == index
    assert asked(site, name) == [("GET", "latest")] * 2


def test_what_is_stored_is_given_where_upstream_has_nothing_that_the_client_named(site, registry, name):
    old = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    stored = b'{"schemaVersion":2,"docker":true}'
    path = f"/v2/{name}/manifests/latest"
    # An old registry makes a signed manifest of the first schema of it, whose digest is not that of the bytes.
    converted = {"Content-Type": old, "Docker-Content-Digest": digest_of(b"the payload alone")}
    site.when(path).reply(200, stored, {"Content-Type": DOCKER}).then().reply(200, b"{signed}", converted)
    for _ in range(3):
        got = get(site, name, "manifests", "latest", Accept=f"{INDEX}, {MANIFEST}")
        assert (got.status, got.body, got.header("Content-Type")) == (200, stored, DOCKER)
        assert got.header("Docker-Content-Digest") == digest_of(stored)
    assert asked(site, name) == [("GET", "latest")] * 2


def test_several_lines_of_accept_are_one(site, registry, name):
    index = registry.manifest(name, b'{"manifests":[]}', INDEX, tag="latest")
    lines = [("Accept", DOCKER), ("Accept", MANIFEST), ("Accept", INDEX)]
    for _ in range(2):
        got = site.get(f"/v2/hub/{name}/manifests/latest", lines)
        assert got.header("Docker-Content-Digest") == index
    assert asked(site, name) == [("GET", "latest")]
