"""What exists under which URL, and what the management pages say."""

import json

import pytest

from server import remote
from waiting import wait_until


def remotes(upstream):
    return {
        "files": remote(upstream.base_url, description="All files"),
        "counted": remote(upstream.base_url, description="Counted files"),
        "deep": remote(upstream.base_url + "/base/dir"),
        "with.dots-and_more1": remote(upstream.base_url),
        "guarded": remote(upstream.base_url, immutable_patterns=["\\.bin$"]),
        "shelf": {"type": "local", "package": "generic"},
    }


def error_of(response):
    """The error object of our JSON error bodies."""
    error = response.json()["error"]
    assert set(error) >= {"code", "message", "request_id"}
    assert error["request_id"] == response.header("X-Request-Id")
    return error


def test_both_url_forms_are_one_resource(site, unique):
    site.when(unique()).reply(200, b"content")
    first = site.get("/api/files" + unique())
    second = site.get("/api/v1/remote/files" + unique())
    assert (first.status, first.body, first.source) == (200, b"content", "remote")
    assert (second.status, second.body, second.source) == (200, b"content", "cache")
    assert site.upstream.gets(unique()) == 1


def test_the_base_url_may_have_a_path_of_its_own(site, unique):
    site.when("/base/dir" + unique()).reply(200, b"deep")
    assert site.get("/api/deep" + unique()).body == b"deep"


def test_remote_names_may_hold_dots_dashes_and_underscores(site, unique):
    site.when(unique()).reply(200, b"x")
    assert site.get("/api/with.dots-and_more1" + unique()).status == 200


def test_two_remotes_never_share_an_artifact(site, unique):
    site.when(unique()).reply(200, b"one").then().reply(200, b"two")
    assert site.get("/api/files" + unique()).body == b"one"
    assert site.get("/api/with.dots-and_more1" + unique()).body == b"two"
    assert site.get("/api/files" + unique()).body == b"one"


@pytest.mark.parametrize("path", ["/api/nothere/x", "/api/v1/remote/nothere/x", "/api/v1/x", "/api/FILES/x"])
def test_an_unknown_remote_is_404(site, path):
    got = site.get(path)
    assert got.status == 404
    error_of(got)


@pytest.mark.parametrize("path", ["/nothere", "/favicon.ico", "/api", "/artifacts/nothere"])
def test_an_unknown_route_is_404_with_our_error_body(site, path):
    got = site.get(path)
    assert got.status == 404
    assert got.header("Content-Type").startswith("application/json")
    error_of(got)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
def test_other_methods_on_a_remote_are_405_and_never_reach_upstream(site, unique, method):
    got = site.get("/api/files" + unique(), method=method)
    assert got.status == 405
    assert {"GET", "HEAD"} <= {m.strip() for m in got.header("Allow").split(",")}
    assert site.upstream.count(unique()) == 0


def test_a_local_repository_without_the_file_is_404(site, unique):
    got = site.get("/api/shelf" + unique())
    assert got.status == 404
    error_of(got)


def test_the_root_lists_the_remotes_with_what_they_hold(site, unique):
    site.when(unique()).reply(200, b"12345")
    before = site.get("/").json()
    assert set(before) >= {"name", "version", "remotes"}
    assert before["name"] == "artifactapi"
    counted = before["remotes"]["counted"]
    assert (counted["type"], counted["package"], counted["description"]) == (
        "remote",
        "generic",
        "Counted files",
    )
    assert counted["base_url"] == site.upstream.base_url
    assert (counted["artifacts"], counted["bytes"]) == (0, 0)
    assert before["remotes"]["shelf"]["type"] == "local"
    site.get("/api/counted" + unique())
    held = lambda: site.get("/").json()["remotes"]["counted"]
    wait_until(lambda: (held()["artifacts"], held()["bytes"]) == (1, 5), what="the row")


def test_health_is_200_and_names_every_part(site):
    got = site.get("/health")
    assert got.status == 200
    health = got.json()
    assert health["status"] == "healthy" and health["version"]
    for part in ("database", "redis", "storage", "config"):
        assert "status" in health["checks"][part]


def test_ready_is_200_while_serving(site):
    assert site.get("/ready").status == 200


def test_the_configuration_is_shown(site):
    got = site.get("/config")
    assert got.status == 200 and got.header("Content-Type").startswith("application/json")
    assert "guarded" in got.json()["remotes"]
    assert got.json()["remotes"]["guarded"]["immutable_patterns"] == ["\\.bin$"]


def test_metrics_are_strict_prometheus_text(site, unique):
    site.when(unique()).reply(200, b"x")
    site.get("/api/files" + unique())
    site.get("/api/files" + unique())
    got = site.get("/metrics")
    assert got.status == 200 and got.header("Content-Type").startswith("text/plain")
    samples = site.server.metrics()
    assert any(name.startswith("artifactapi_") for name in samples)
    assert all(name.startswith(("artifactapi_", "process_")) for name in samples)
    assert unique() not in got.text, "no label comes from a path"


@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/config", "/metrics", "/artifacts/files"])
def test_head_on_a_management_page_is_its_get_without_the_body(site, path):
    head = site.head(path)
    assert (head.status, head.size, head.complete) == (200, 0, True)
    assert head.header("Content-Type") == site.get(path).header("Content-Type")


@pytest.mark.parametrize("path", ["/", "/health", "/config", "/metrics", "/artifacts/files"])
def test_writing_to_a_management_page_is_405(site, path):
    assert site.get(path, method="PUT").status == 405


def listing(site, query=""):
    got = site.get("/artifacts/files" + query)
    assert got.status == 200, got
    answer = got.json()
    assert answer["remote"] == "files"
    return answer


def test_artifacts_of_a_remote_are_listed_with_their_facts(site, unique):
    site.when(unique("a.txt")).reply(200, b"hello")
    site.get("/api/files" + unique("a.txt"))
    pattern = unique("a.txt").strip("/").replace(".", "%5C.")
    (one,) = wait_until(lambda: listing(site, f"?pattern={pattern}")["artifacts"], what="the row")
    assert set(one) >= {
        "path",
        "size",
        "sha256",
        "content_type",
        "kind",
        "stored_at",
        "expires_at",
        "last_access",
    }
    assert one["path"].strip("/") == unique("a.txt").strip("/")
    assert (one["size"], one["kind"]) == (5, "immutable")
    assert (
        one["sha256"].removeprefix("sha256:")
        == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    )
    assert one["content_type"].startswith("text/plain")


def test_the_listing_is_paged_by_a_cursor(site, unique):
    names = [f"page{i:02}.txt" for i in range(7)]
    for name in names:
        site.when(unique(name)).reply(200, name.encode())
        site.get("/api/files" + unique(name))
    pattern = f"{unique('').strip('/')}/page"
    wait_until(lambda: len(listing(site, f"?pattern={pattern}")["artifacts"]) == 7, what="the rows")
    seen, query = [], ""
    for _ in range(20):
        answer = listing(site, f"?pattern={pattern}&limit=3{query}")
        assert len(answer["artifacts"]) <= 3
        seen += [one["path"].rpartition("/")[2] for one in answer["artifacts"]]
        if not answer["next"]:
            break
        query = "&cursor=" + answer["next"].replace("%", "%25").replace("+", "%2B").replace(
            "/", "%2F"
        ).replace("=", "%3D")
    assert sorted(seen) == names


def test_a_listing_refuses_bad_patterns_and_limits(site):
    assert site.get("/artifacts/files?pattern=(").status == 400
    assert site.get("/artifacts/files?pattern=" + "a" * 513).status == 400
    assert site.get("/artifacts/files?limit=nonsense").status == 400
    assert site.get("/artifacts/files?limit=-1").status == 400


def test_a_hopeless_listing_pattern_ends_within_its_bounds(site, unique):
    name = "a" * 60 + "!"
    site.when(unique(name)).reply(200, b"x")
    site.get("/api/files" + unique(name))
    got = site.get("/artifacts/files?pattern=(a%2B)%2B%24", timeout=5)
    assert got.complete and got.status in (200, 400, 403)


def test_query_parameters_are_part_of_the_artifact(site, unique):
    site.when(unique() + "?v=1").reply(200, b"one")
    site.when(unique() + "?v=2").reply(200, b"two")
    assert site.get("/api/files" + unique() + "?v=1").body == b"one"
    assert site.get("/api/files" + unique() + "?v=2").body == b"two"
    assert site.get("/api/files" + unique() + "?v=1").source == "cache"


def test_a_remote_may_drop_or_choose_query_parameters(server, upstream):
    running = server(
        {
            "drop": remote(upstream.base_url, query="drop"),
            "names": remote(upstream.base_url, query=["v"]),
            "keep": remote(upstream.base_url, query="keep"),
        }
    )
    for target in ("/f", "/f?v=1", "/f?v=2", "/f?v=1&w=2"):
        upstream.when(target).reply(200, target.encode())
    assert running.get("/api/drop/f?v=1").body == b"/f"
    assert running.get("/api/drop/f?v=2").source == "cache"
    assert running.get("/api/names/f?v=1&w=9").body == b"/f?v=1"
    assert running.get("/api/names/f?v=1&w=8").source == "cache"
    assert running.get("/api/names/f?v=2").body == b"/f?v=2"
    assert running.get("/api/keep/f?v=1&w=2").body == b"/f?v=1&w=2"


def test_error_bodies_have_one_form(site):
    got = site.get("/api/guarded/no.exe")
    error = error_of(got)
    assert got.header("Content-Type").startswith("application/json")
    assert error["message"] and json.loads(got.body)["error"]["code"]
