"""Mutable artifacts: how long they are believed, how they are asked for again, and what an outage does."""

import time

import pytest

import netns
from names import NameServer
from server import remote
from upstream import Upstream
from waiting import stays_true, wait_until

ALL = [".*"]


def remotes(upstream):
    base = upstream.base_url
    return {
        "second": remote(base, mutable_patterns=ALL, mutable_ttl=1),
        "hour": remote(base, mutable_patterns=ALL, mutable_ttl=3600),
        # A TTL of zero asks at every request, so that nothing has to be waited for.
        "always": remote(base, mutable_patterns=ALL, mutable_ttl=0),
        "checked": remote(base, mutable_patterns=ALL, mutable_ttl=0, check_mutable_updates=True),
        "checked-second": remote(base, mutable_patterns=ALL, mutable_ttl=1, check_mutable_updates=True),
        "checked-by-get": remote(
            base, mutable_patterns=ALL, mutable_ttl=0, check_mutable_updates=True, revalidate_with="get"
        ),
        "immutable-second": remote(base, immutable_ttl=1),
        "negative": remote(base, negative_ttl=60),
        "apk": {**remote(base, mutable_ttl=0, check_mutable_updates=True), "package": "alpine"},
        "apk-all": {**remote(base, mutable_ttl=0, check_mutable_updates="all"), "package": "alpine"},
    }


def get(site, name, path):
    return site.get(f"/api/{name}{path}")


def test_within_its_ttl_a_mutable_artifact_is_a_hit(site, unique):
    site.when(unique()).reply(200, b"1").then().reply(200, b"2")
    assert get(site, "hour", unique()).source == "remote"
    for _ in range(5):
        assert get(site, "hour", unique()).body == b"1"
    assert site.upstream.count(unique()) == 1


def test_after_its_ttl_it_is_fetched_again_without_conditions(site, unique):
    site.when(unique()).reply(200, b"1").etag('"1"').last_modified().then().reply(200, b"2").etag('"2"')
    assert get(site, "second", unique()).body == b"1"
    assert get(site, "second", unique()).body == b"1"
    got = wait_until(lambda: (r := get(site, "second", unique())).body == b"2" and r, 5, "the TTL to end")
    assert (got.source, got.header("ETag")) == ("remote", '"2"')
    again = site.upstream.last(unique())
    assert (again.method, again.header("if-none-match"), again.header("if-modified-since")) == (
        "GET",
        None,
        None,
    )


def test_a_ttl_of_zero_asks_at_every_request(site, unique):
    reply = site.when(unique()).reply(200, b"0")
    for i in range(1, 5):
        reply = reply.then().reply(200, str(i).encode())
    assert [get(site, "always", unique()).body for _ in range(5)] == [b"0", b"1", b"2", b"3", b"4"]


def test_concurrent_askers_of_something_expired_share_one_fetch(site, unique):
    site.when(unique()).reply(200, b"old")
    get(site, "always", unique())
    held = site.when(unique()).reply(200, b"new").stall_before_head()
    herd = site.server.joined_herd(20, f"/api/always{unique()}", held, keep=True)
    held.release()
    assert {r.body for r in herd.join()} == {b"new"}
    assert site.upstream.gets(unique()) == 2


def test_an_immutable_artifact_is_never_asked_for_again(site, unique):
    site.when(unique()).reply(200, b"1").then().reply(200, b"2")
    assert get(site, "negative", unique()).body == b"1"
    stays_true(lambda: get(site, "negative", unique()).body == b"1", 1.2)


def test_an_immutable_ttl_that_ran_out_makes_it_mutable(site, unique):
    site.when(unique()).reply(200, b"1").then().reply(200, b"2")
    assert get(site, "immutable-second", unique()).body == b"1"
    wait_until(lambda: get(site, "immutable-second", unique()).body == b"2", 5)


def test_a_check_is_a_head_with_the_validators_and_304_renews(site, unique):
    site.when(unique()).reply(200, b"1").etag('"v1"').last_modified()
    get(site, "checked", unique())
    for count in (1, 2, 3):
        got = get(site, "checked", unique())
        assert (got.status, got.body, got.source, got.header("ETag")) == (200, b"1", "cache", '"v1"')
        assert site.upstream.count(unique(), "HEAD") == count
    asked = site.upstream.last(unique(), "HEAD")
    assert asked.header("if-none-match") == '"v1"'
    assert asked.header("if-modified-since") == "Wed, 21 Oct 2015 07:28:00 GMT"
    assert site.upstream.gets(unique()) == 1


def test_a_304_renews_the_ttl(site, unique):
    site.when(unique()).reply(200, b"1").etag('"v1"')
    get(site, "checked-second", unique())
    wait_until(
        lambda: get(site, "checked-second", unique()).body and site.upstream.count(unique(), "HEAD") == 1, 5
    )
    before = time.monotonic()
    while time.monotonic() - before < 0.5:
        get(site, "checked-second", unique())
    assert site.upstream.count(unique()) == 2, "renewed for another second"


@pytest.mark.parametrize("etag", ['W/"weak"', None])
def test_weak_etags_and_dates_are_validators_too(site, unique, etag):
    reply = site.when(unique()).reply(200, b"1").last_modified()
    if etag:
        reply.etag(etag)
    first = get(site, "checked", unique())
    got = get(site, "checked", unique())
    assert (got.source, got.header("ETag")) == ("cache", first.header("ETag"))
    asked = site.upstream.last(unique(), "HEAD")
    assert asked.header("if-none-match") == etag and asked.header("if-modified-since")


def test_a_200_to_the_check_leads_to_a_conditional_get(site, unique):
    site.when(unique()).reply(200, b"1").etag('"v1"')
    get(site, "checked", unique())
    site.when(unique()).reply(200, b"2").etag('"v2"')
    got = get(site, "checked", unique())
    assert (got.body, got.source, got.header("ETag")) == (b"2", "remote", '"v2"')
    assert [r.method for r in site.upstream.asked(unique())] == ["GET", "HEAD", "GET"]
    assert site.upstream.last(unique(), "GET").header("if-none-match") == '"v1"'


@pytest.mark.parametrize("status", [404, 405, 403, 500, 501, 302])
def test_no_other_answer_to_the_check_is_believed(site, unique, status):
    site.when(unique()).reply(200, b"1").etag('"v1"')
    get(site, "checked", unique())
    site.when(unique(), "HEAD").reply(status, b"")
    got = get(site, "checked", unique())
    assert (got.status, got.body, got.source) == (200, b"1", "cache"), "a conditional GET said 304"
    assert site.upstream.last(unique(), "GET").header("if-none-match") == '"v1"'


def test_without_validators_there_is_nothing_to_check(site, unique):
    site.when(unique()).reply(200, b"1").then().reply(200, b"2").then().reply(200, b"2")
    get(site, "checked", unique())
    assert get(site, "checked", unique()).body == b"2"


def test_a_check_by_get_is_one_conditional_get(site, unique):
    site.when(unique()).reply(200, b"1").etag('"v1"')
    get(site, "checked-by-get", unique())
    assert get(site, "checked-by-get", unique()).source == "cache"
    site.when(unique()).reply(200, b"2").etag('"v2"')
    assert get(site, "checked-by-get", unique()).body == b"2"
    assert [r.method for r in site.upstream.asked(unique())] == ["GET", "GET", "GET"]


def test_built_in_mutable_files_are_fetched_without_conditions_unless_all_are_checked(site, unique):
    path = unique("x86_64/APKINDEX.tar.gz")
    site.when(path).reply(200, b"1").etag('"v1"')
    get(site, "apk", path)
    assert get(site, "apk", path).source == "remote"
    assert [r.header("if-none-match") for r in site.upstream.asked(path)] == [None, None]
    get(site, "apk-all", path)
    assert get(site, "apk-all", path).source == "cache"


def test_head_of_something_expired_is_answered_without_a_download(site, unique):
    site.when(unique()).reply(200, b"1").etag('"v1"')
    get(site, "always", unique())
    got = site.head(f"/api/always{unique()}")
    assert got.status == 200 and site.upstream.gets(unique()) == 1


def test_the_old_copy_stays_until_the_new_one_is_whole(site, unique):
    site.when(unique()).reply(200, b"old" * 100_000).etag('"v1"')
    old = get(site, "always", unique())
    site.when(unique()).reply(200, b"new" * 100_000).cut_after(150_000)
    torn = get(site, "always", unique())
    assert not torn.complete or torn.sha256 == old.sha256 or torn.status == 502
    site.when(unique()).drop_connection()
    assert get(site, "always", unique()).sha256 == old.sha256


def test_an_upstream_that_is_gone_leaves_the_old_copy_and_renews_it(server):
    with Upstream() as upstream:
        running = server(remotes(upstream))
        upstream.when("/f").reply(200, b"old").etag('"v1"')
        assert running.get("/api/second/f").body == b"old"
        upstream.stop()
        stale = wait_until(
            lambda: (r := running.get("/api/second/f")).header("Warning") and r, 5, "a stale answer"
        )
        assert (stale.status, stale.body, stale.source) == (200, b"old", "cache")
        assert stale.header("Warning").startswith("110")
        assert stale.header("Cache-Control") == "no-cache"
        upstream.start()
        upstream.when("/f").reply(200, b"new")
        asked = upstream.count("/f")
        wait_until(lambda: running.get("/api/second/f").body == b"new", 5, "the new content within 5 s")
        assert upstream.count("/f") == asked + 1


@pytest.mark.parametrize("name", ["always", "checked"])
def test_every_network_failure_makes_stale(server, name):
    faults = {
        "dropped": lambda reply: reply.drop_connection(),
        "reset": lambda reply: reply.drop_connection(rst=True),
        "silent": lambda reply: reply.never_answer(),
        "cut before the first byte": lambda reply: reply.reply(200, b"new" * 1000).cut_after(0),
        "small and cut": lambda reply: reply.reply(200, b"new" * 1000).cut_after(10),
    }
    with Upstream() as upstream:
        running = server(remotes(upstream), upstream_first_byte_timeout="500ms")
        for number, fault in enumerate(faults):
            path = f"/{number}"
            upstream.when(path).reply(200, b"old").etag('"v1"')
            assert running.get(f"/api/{name}{path}").body == b"old"
            faults[fault](upstream.when(path))
            got = running.get(f"/api/{name}{path}")
            assert (got.status, got.body, got.source) == (200, b"old", "cache"), fault
            assert got.header("Warning", "").startswith("110"), fault


@netns.isolated(
    addresses=["93.184.216.34/32"], resolv_conf="nameserver 127.0.0.53\noptions timeout:1 attempts:1\n"
)
def test_a_name_that_no_longer_resolves_makes_stale(server):
    with Upstream("93.184.216.34") as public, NameServer(
        "127.0.0.53", {"origin.test": "93.184.216.34"}
    ) as names:
        running = server(
            {"files": remote(f"http://origin.test:{public.port}", mutable_patterns=ALL, mutable_ttl=0)}
        )
        public.when("/f").reply(200, b"old")
        assert running.get("/api/files/f").body == b"old"
        names.table.clear()
        public.stop()
        assert running.get("/api/files/f").body == b"old"


def test_stale_is_not_for_ever_young(site, unique):
    site.when(unique()).reply(200, b"old")
    get(site, "always", unique())
    site.when(unique()).drop_connection()
    assert get(site, "always", unique()).header("Warning", "").startswith("110")
    site.when(unique()).reply(200, b"new")
    wait_until(lambda: get(site, "always", unique()).body == b"new", 5)


def test_a_404_ends_the_copy(site, unique):
    site.when(unique()).reply(200, b"old")
    get(site, "always", unique())
    site.when(unique()).reply(404, b"")
    assert get(site, "always", unique()).status == 404
    site.when(unique()).drop_connection()
    assert get(site, "always", unique()).status == 502, "no copy is left to be stale"


@pytest.mark.parametrize("status, seen", [(500, 502), (503, 502), (429, 429)])
def test_another_error_leaves_the_copy_for_a_later_failure(site, unique, status, seen):
    site.when(unique()).reply(200, b"old")
    get(site, "always", unique())
    site.when(unique()).reply(status, b"")
    assert get(site, "always", unique()).status == seen
    site.when(unique()).drop_connection()
    assert get(site, "always", unique()).body == b"old"


def test_stale_on_widens_it_to_statuses(server, upstream):
    running = server(
        {"files": remote(upstream.base_url, mutable_patterns=ALL, mutable_ttl=0, stale_on=[429, "5xx"])}
    )
    for status, stale in ((429, True), (503, True), (403, False)):
        upstream.when(f"/{status}").reply(200, b"old").then().reply(status, b"")
        running.get(f"/api/files/{status}")
        got = running.get(f"/api/files/{status}")
        assert (got.status == 200) == stale
        assert bool(got.header("Warning")) == stale


def test_stale_retry_bounds_how_long_a_stale_copy_is_believed(server):
    with Upstream() as upstream:
        running = server(
            {
                "files": remote(upstream.base_url, mutable_patterns=ALL, mutable_ttl=3600, immutable_ttl=0),
                "quick": remote(upstream.base_url, mutable_patterns=ALL, mutable_ttl=1, stale_retry=1),
            }
        )
        upstream.when("/f").reply(200, b"old")
        running.get("/api/quick/f")
        upstream.stop()
        wait_until(lambda: running.get("/api/quick/f").header("Warning"), 5)
        upstream.start()
        upstream.when("/f").reply(200, b"new")
        wait_until(lambda: running.get("/api/quick/f").body == b"new", 5)


def test_a_404_may_be_remembered(site, unique):
    site.when(unique()).reply(404, b"")
    for _ in range(3):
        assert get(site, "negative", unique()).status == 404
    assert site.upstream.count(unique()) == 1
    assert get(site, "hour", unique()).status == 404
    assert get(site, "hour", unique()).status == 404
    assert site.upstream.count(unique()) == 3


def test_a_clients_condition_is_judged_against_the_renewed_copy(site, unique):
    site.when(unique()).reply(200, b"1").etag('"v1"')
    get(site, "checked", unique())
    assert site.get(f"/api/checked{unique()}", {"If-None-Match": '"v1"'}).status == 304
    site.when(unique()).reply(200, b"2").etag('"v2"')
    assert site.get(f"/api/checked{unique()}", {"If-None-Match": '"v1"'}).body == b"2"


def test_the_listing_tells_mutable_from_immutable(site, unique):
    site.when(unique()).reply(200, b"1")
    get(site, "hour", unique())
    path = unique().strip("/")
    (one,) = wait_until(
        lambda: site.get("/artifacts/hour?pattern=" + path.partition("/")[0]).json()["artifacts"],
        what="the row",
    )
    assert one["kind"] == "mutable" and one["expires_at"]
