"""Images of a registry: lists and their pages, referrers, catalogues, and which remote a request means."""

import json

import pytest

from body import Body
from registry import INDEX, Registry, images
from upstream import Upstream
from waiting import wait_until

ABSENT = "sha256:" + "0" * 64


def remotes(upstream):
    return {"hub": images(upstream.base_url, mutable_ttl=3600)}


@pytest.fixture
def registry(site):
    return Registry(site.upstream)


@pytest.fixture
def name(request):
    """An image name that no other test uses."""
    return request.node.name.split("[")[0].replace("_", "-").lower() + "/image"


def get(site, name, kind, reference):
    return site.get(f"/v2/hub/{name}/{kind}/{reference}")


def head(site, name, kind, reference):
    return site.head(f"/v2/hub/{name}/{kind}/{reference}")


def test_pages_of_tags_lead_on_in_the_form_that_was_asked_for(site, name):
    path = f"/v2/{name}/tags/list"
    link = f'<{path}?last=b&n=2>; rel="next"'
    site.when(path + "?n=2").reply(200, b'{"name":"x","tags":["a","b"]}', {"Link": link})
    site.when(path + "?last=b&n=2").reply(200, b'{"name":"x","tags":["c"]}')
    for _ in range(2):
        got = site.get(f"/v2/hub/{name}/tags/list?n=2")
        assert got.json()["tags"] == ["a", "b"]
        assert got.header("Link") == f'</v2/hub/{name}/tags/list?last=b&n=2>; rel="next"'
    got = site.get(f"/api/hub/v2/{name}/tags/list?n=2")
    assert got.header("Link") == f'</api/hub/v2/{name}/tags/list?last=b&n=2>; rel="next"'
    got = site.get(f"/v2/hub/{name}/tags/list?last=b&n=2")
    assert got.json()["tags"] == ["c"] and "Link" not in got.headers
    assert site.upstream.count(path) == 2


def test_a_list_that_upstream_does_not_cut_is_cut_here(site, name):
    path = f"/v2/{name}/tags/list"
    for query in ("?n=2", "?n=2&last=b", "?last=c", ""):
        site.when(path + query).reply(200, b'{"name":"x","tags":["c","a","b"]}', {"Content-Type": "application/json"})
    for source in ("remote", "cache", "cache"):
        got = site.get(f"/v2/hub/{name}/tags/list?n=2")
        assert (got.json(), got.source) == ({"name": "x", "tags": ["a", "b"]}, source)
        assert got.header("Link") == f'</v2/hub/{name}/tags/list?n=2&last=b>; rel="next"'
    assert site.head(f"/v2/hub/{name}/tags/list?n=2").header("Content-Length") == str(len(got.body))
    rest = site.get(f"/v2/hub/{name}/tags/list?n=2&last=b")
    assert rest.json()["tags"] == ["c"] and "Link" not in rest.headers
    assert site.get(f"/v2/hub/{name}/tags/list?last=c").json()["tags"] == []
    assert site.get(f"/v2/hub/{name}/tags/list").json()["tags"] == ["c", "a", "b"]
    tags = {site.get(f"/v2/hub/{name}/tags/list{query}").header("ETag") for query in ("?n=2", "?n=2&last=b", "?last=c", "")}
    assert len(tags) == 4 and site.upstream.count(path) == 4
    again = site.get(f"/v2/hub/{name}/tags/list?n=2", [("If-None-Match", got.header("ETag"))])
    assert again.status == 304


def test_referrers_are_passed_on_with_what_was_filtered(site, name):
    path = f"/v2/{name}/referrers/{ABSENT}"
    headers = {"Content-Type": INDEX, "OCI-Filters-Applied": "artifactType"}
    site.when(path + "?artifactType=sbom").reply(200, b'{"manifests":[]}', headers)
    for _ in range(2):
        got = site.get(f"/v2/hub{path[3:]}?artifactType=sbom")
        assert (got.header("OCI-Filters-Applied"), got.header("Content-Type")) == ("artifactType", INDEX)


def test_without_referrers_the_tag_made_of_the_digest_stands_in(site, registry, name):
    index = registry.manifest(name, b'{"manifests":[1]}', INDEX, tag=ABSENT.replace(":", "-"))
    got = get(site, name, "referrers", ABSENT)
    assert (got.status, got.body, got.header("Content-Type")) == (200, b'{"manifests":[1]}', INDEX)


def test_without_anything_referrers_are_an_empty_index(site, name):
    for ask in (get, head):
        got = ask(site, name, "referrers", ABSENT)
        assert (got.status, got.header("Content-Type")) == (200, INDEX)
    assert get(site, name, "referrers", ABSENT).json()["manifests"] == []


def test_the_catalogue_of_a_remote_is_its_registrys(site):
    site.when("/v2/_catalog?n=1").reply(200, b'{"repositories":["a"]}', {"Link": '</v2/_catalog?n=1&last=a>; rel="next"'})
    got = site.get("/v2/hub/_catalog?n=1")
    assert got.json() == {"repositories": ["a"]}
    assert got.header("Link") == '</v2/hub/_catalog?n=1&last=a>; rel="next"'


def test_the_catalogue_of_all_is_what_is_stored(server, upstream):
    registry = Registry(upstream)
    running = server({"hub": images(upstream.base_url), "gated": images(upstream.base_url, immutable_patterns=["."])})
    for remote_name, name in [("hub", "b"), ("hub", "b/c"), ("gated", "a"), ("gated", "z")]:
        _, _, blobs = registry.image(name)
        assert running.get(f"/v2/{remote_name}/{name}/manifests/latest").status == 200
        assert running.get(f"/v2/{remote_name}/{name}/blobs/{blobs[1]}").status == 200
    names = ["gated/a", "gated/z", "hub/b", "hub/b/c"]
    listed = lambda query="": running.get("/v2/_catalog" + query)
    wait_until(lambda: listed().json()["repositories"] == names, 5, "the rows to be durable")
    got = listed("?n=2")
    assert got.json()["repositories"] == names[:2]
    assert got.header("Link") == '</v2/_catalog?n=2&last=gated%2Fz>; rel="next"'
    assert listed("?n=2&last=gated%2Fz").json()["repositories"] == names[2:]
    assert listed("?n=0").json()["repositories"] == []


# Which remote is meant.


def test_a_registry_named_by_ns_is_found_and_told_back(server, upstream):
    registry = Registry(upstream)
    with Upstream("127.0.0.2") as elsewhere:
        secret = Registry(elsewhere)
        digest, content, _ = registry.image("team/app")
        secret.image("team/app", layers=[b"secret"])
        running = server(
            {
                "gated": images(upstream.base_url, immutable_patterns=["^other/"]),
                "hub": images(upstream.base_url),
                "private": {**images(elsewhere.base_url), "username": "u", "password": "p"},
            }
        )
        ns = upstream.authority
        for target in (f"/v2/team/app/manifests/latest?ns={ns}", f"/v2/hub/team/app/manifests/latest?ns={ns}"):
            got = running.get(target)
            assert (got.status, got.body, got.header("OCI-Namespace")) == (200, content, ns)
        assert upstream.gets() == 1
        assert upstream.last().target == "/v2/team/app/manifests/latest"
        # The name of another registry's remote is a part of this registry's image.
        got = running.get(f"/v2/private/team/app/manifests/latest?ns={ns}")
        assert got.status == 404 and upstream.last().target == "/v2/private/team/app/manifests/latest"
        # Credentials are not lent to whoever names the registry.
        assert running.get(f"/v2/team/app/manifests/latest?ns={elsewhere.authority}").status == 404
        assert running.get("/v2/team/app/manifests/latest?ns=unknown.test").status == 404
        assert elsewhere.count() == 0


def test_serve_ns_opens_a_remote_with_credentials(server, upstream):
    Registry(upstream).image("team/app")
    private = {**images(upstream.base_url), "username": "u", "password": "p", "serve_ns": True}
    running = server({"private": private})
    assert running.get(f"/v2/team/app/manifests/latest?ns={upstream.authority}").status == 200


def test_one_remote_may_be_the_root(server, upstream):
    registry = Registry(upstream)
    digest, content, _ = registry.image("library/nginx")
    running = server({"a": images(upstream.base_url + "/no"), "hub": {**images(upstream.base_url), "default_for_root": True}})
    assert running.get("/v2/library/nginx/manifests/latest").body == content
    got = running.get("/v2/hub/library/nginx/manifests/latest")
    assert (got.body, got.source) == (content, "cache")


def test_two_of_us_in_a_row(server, upstream):
    registry = Registry(upstream)
    digest, content, blobs = registry.image("team/app", layers=[Body(8, 1 << 20)])
    inner = server({"hub": images(upstream.base_url)})
    outer = server({"far": images(f"http://{inner.address}/api/hub"), "plain": images(f"http://{inner.address}")})
    for base in ("/v2/far/team/app", "/v2/plain/hub/team/app"):
        assert outer.head(f"{base}/manifests/latest").header("Docker-Content-Digest") == digest
        assert outer.get(f"{base}/manifests/latest").body == content
        assert outer.get(f"{base}/blobs/{blobs[1]}").sha256 == blobs[1].partition(":")[2]
    assert [(r.method, r.path.split("/")[-1]) for r in upstream.asked() if r.method == "GET"] == [
        ("GET", "latest"),
        ("GET", blobs[1]),
    ]


def test_tags_are_fetched_ahead_by_a_pattern(server, upstream):
    registry = Registry(upstream)
    for tag in ("1.0", "1.1", "2.0"):
        registry.image("team/app", tag)
    path = "/v2/team/app/tags/list"
    link = {"Link": f'<{path}?last=1.0&n=1>; rel="next"'}
    upstream.when(path).reply(200, b'{"name":"team/app","tags":["1.0","../x"]}', link)
    upstream.when(path + "?last=1.0&n=1").reply(200, b'{"name":"team/app","tags":["1.1","2.0"]}')
    running = server({"hub": images(upstream.base_url)})

    def order(pattern):
        body = json.dumps({"remote": "hub", "include_pattern": pattern}).encode()
        return running.get("/cache-artifact", {"Content-Type": "application/json"}, method="POST", body=body)

    got = order("^team/app/manifests/1[.]").json()
    assert (got["matched"], got["cached_count"], got["failed"]) == (2, 2, 0)
    assert sorted(each["path"] for each in got["artifacts"]) == ["team/app/manifests/1.0", "team/app/manifests/1.1"]
    assert running.get("/v2/hub/team/app/manifests/1.1").source == "cache"
    assert order("latest").status == 400
    assert order("^team/none/manifests/").status == 404
