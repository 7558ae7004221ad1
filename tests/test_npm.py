"""Documents of an npm registry: in the form that a client wants, with links through us; searches, errors, questions."""

import json
import pathlib

import pytest

from package_registry import ABBREVIATED, FULL, INSTALL, PackageRegistry, packages, tarball_path, target_of
from server import remote
from waiting import memory_bound, wait_until

MIB = 1 << 20
US = "http://us.test/api/v1/remote/npm"
HOST = [("Host", "us.test")]


@pytest.fixture
def upstream():
    with PackageRegistry() as one:
        yield one


@pytest.fixture
def start(server, upstream):
    return lambda flags=None, **keys: server({"npm": packages(upstream.base_url, **keys)}, **(flags or {}))


def peak(running):
    """The most bytes that were resident so far."""
    status = pathlib.Path(f"/proc/{running.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def tarball_of(answer, version="1.0.0"):
    return answer.json()["versions"][version]["dist"]["tarball"]


def test_both_forms_are_kept_apart(start, upstream):
    upstream.publish("left-pad", {"1.0.0": b"tarball"})
    running = start()
    tags = set()
    for fields, kind, member in ((INSTALL, ABBREVIATED, "modified"), (FULL, "application/json", "readme"), ([], "application/json", "readme")):
        for _ in range(3):
            got = running.get("/api/npm/left-pad", HOST + fields)
            assert (got.status, got.header("Content-Type")) == (200, kind)
            assert "Accept" in got.header("Vary").split(", ")
            assert member in got.json() and tarball_of(got) == US + "/left-pad/-/left-pad-1.0.0.tgz"
            assert "Content-Disposition" not in got.headers
            tags.add(got.header("ETag"))
            again = running.get("/api/npm/left-pad", HOST + fields + [("If-None-Match", got.header("ETag"))])
            assert (again.status, again.body) == (304, b"")
    assert len(tags) == 2 and not tags & {'"short-1"', '"full-1"'}
    assert [r.header("accept") for r in upstream.requests] == [INSTALL[0][1], "application/json"]
    listed = lambda: {one["path"] for one in running.get("/artifacts/npm").json()["artifacts"]}  # noqa: E731
    wait_until(lambda: listed() == {"left-pad", "left-pad#abbreviated"})


def test_a_tag_of_one_form_is_none_of_the_other(start, upstream):
    upstream.publish("left-pad", {"1.0.0": b"tarball"})
    running = start()
    tag = running.get("/api/npm/left-pad", HOST + INSTALL).header("ETag")
    assert running.get("/api/npm/left-pad", HOST + FULL + [("If-None-Match", tag)]).status == 200


def test_all_but_the_links_is_as_upstream_has_it(start, upstream):
    text = (
        '\ufeff{ "versions" : {"1.0.0":{"dist":{"tarball":\t"%s/x/-/x-1.0.0.tgz"},"n":1e400, "d":{"dist":{"tarball":"%s/x"}}}},\n'
        '"readme":"%s/x/-/x-1.0.0.tgz \\ud800 \\/", "dist":{"tarball":"%s/y"}, "dist-tags":{} }\r\n'
    )
    base = upstream.base_url
    upstream.when("/x").reply(200, (text % (base, base, base, base)).encode(), {"Content-Type": "application/json; charset=utf-8"})
    got = start().get("/api/npm/x", HOST)
    assert got.body.decode() == text % (US, base, base, base)
    assert got.header("Content-Type") == "application/json; charset=utf-8"


def test_an_abbreviated_answer_that_calls_itself_json_is_given_through(start, upstream):
    document = upstream.publish("left-pad", {"1.0.0": b"tarball"})
    upstream.put_document("left-pad", document, abbreviated_type="application/json; charset=utf-8")
    running = start()
    for _ in range(3):
        short = running.get("/api/npm/left-pad", INSTALL)
        assert (short.header("Content-Type"), "modified" in short.json()) == ("application/json; charset=utf-8", True)
        assert "readme" in running.get("/api/npm/left-pad", FULL).json()


def test_three_spellings_are_one_package(start, upstream):
    upstream.publish("@scope/name", {"1.0.0": b"tarball"})
    running = start()
    for path in ("@scope/name", "@scope%2fname", "@scope%2Fname", "%40scope%2fname", "@scope/name/"):
        got = running.get("/api/npm/" + path, HOST + INSTALL)
        assert (got.status, tarball_of(got)) == (200, US + "/@scope/name/-/name-1.0.0.tgz"), path
    assert [request.target for request in upstream.requests] == ["/@scope%2fname"]


def test_links_lead_to_the_address_that_the_client_used(start, upstream):
    upstream.publish("left-pad", {"1.0.0": b"tarball"})
    running = start({"trusted_proxies": "private", "threads": 1})
    path = "/api/v1/remote/npm/left-pad/-/left-pad-1.0.0.tgz"
    for fields, base in (
        ([("Host", "one.test:81")], "http://one.test:81"),
        ([("Host", "h"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "pkg.test")], "https://pkg.test"),
        ([("Host", "h"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Prefix", "/team")], "https://h/team"),
    ) * 2:
        assert tarball_of(running.get("/api/npm/left-pad", fields + INSTALL)) == base + path
    assert upstream.count() == 1


def test_a_public_url_counts_before_all_else(start, upstream):
    upstream.publish("left-pad", {"1.0.0": b"tarball"})
    got = start({"public_url": "https://pkg.test/x"}).get("/api/npm/left-pad", HOST)
    assert tarball_of(got) == "https://pkg.test/x/api/v1/remote/npm/left-pad/-/left-pad-1.0.0.tgz"


def test_one_version_has_its_link_too(start, upstream):
    dist = upstream.dist("@a/b", "1.0.0", b"tarball")
    upstream.when("/@a%2fb/1.0.0").reply(200, json.dumps({"name": "@a/b", "dist": dist}), {"Content-Type": "application/json"})
    running = start()
    for path in ("@a/b/1.0.0", "@a%2fb/1.0.0"):
        got = running.get("/api/npm/" + path, HOST + INSTALL)
        assert got.json()["dist"]["tarball"] == US + "/@a/b/-/b-1.0.0.tgz"
    assert upstream.count() == 1


def test_attestations_are_found_where_their_link_leads(start, upstream):
    path = "/-/npm/v1/attestations/@a%2fb@1.0.0"
    upstream.publish("@a/b", {"1.0.0": b"x"}, {"1.0.0": {"attestations": {"url": upstream.base_url + path}}})
    upstream.when(path).reply(200, b'{"attestations":[]}', {"Content-Type": "application/json"})
    running = start()
    link = running.get("/api/npm/@a%2fb", HOST + INSTALL).json()["versions"]["1.0.0"]["dist"]["attestations"]["url"]
    assert link == US + path.replace("%2f", "%2F")
    # Clients up to npm 10 put the whole path behind the registry's address.
    for asked in (link.removeprefix("http://us.test"), "/api/v1/remote/npm" + link.removeprefix("http://us.test")):
        assert running.get(asked).json() == {"attestations": []}
    assert upstream.gets(path) == 1


def test_documents_obey_check_mutable_updates(start, upstream):
    upstream.publish("left-pad", {"1.0.0": b"tarball"})
    running = start(mutable_ttl=0, check_mutable_updates=True)
    first = running.get("/api/npm/left-pad", HOST + INSTALL)
    assert running.get("/api/npm/left-pad", HOST + INSTALL).body == first.body
    assert [request.method for request in upstream.requests] == ["GET", "HEAD"]
    assert upstream.last().header("if-none-match") == '"short-1"'
    upstream.publish("left-pad", {"1.0.0": b"tarball", "1.1.0": b"tarball"}, revision=2)
    assert set(running.get("/api/npm/left-pad", HOST + INSTALL).json()["versions"]) == {"1.0.0", "1.1.0"}


def test_patterns_of_the_specification_guard_tarballs_alone(start, upstream):
    upstream.publish("left-pad", {"1.0.0": b"tarball"})
    upstream.when("/-/ping").reply(200, b"{}")
    running = start(immutable_patterns=["/left-pad-.*\\.tgz$"], mutable_patterns=["^(?!.*\\.tgz$).*"], check_mutable_updates=True)
    for path in ("left-pad", "-/ping", "left-pad/-/left-pad-1.0.0.tgz"):
        assert running.get("/api/npm/" + path).status == 200, path
    for path in ("other/-/other-1.0.0.tgz", "-/at/0123456789abcdef/other.tgz", "left-pad?of-package=left-pad"):
        got = running.get("/api/npm/" + path)
        assert (got.status, list(got.json())) == (403, ["error"]), path
    assert upstream.count() == 3


def test_a_search_is_kept_for_what_it_asks(start, upstream):
    upstream.when("/-/v1/search").reply(200, b'{"objects":[]}', {"Content-Type": "application/json"})
    running = start()
    for query in ("text=left+pad&size=20", "text=left+pad&size=20&_=1", "text=left+pad&size=20&_=2", "text=right"):
        assert running.get("/api/npm/-/v1/search?" + query).json() == {"objects": []}
    assert [r.target for r in upstream.requests] == ["/-/v1/search?text=left+pad&size=20", "/-/v1/search?text=right"]


def test_dist_tags_keys_and_all_the_rest_are_handed_through(start, upstream):
    running = start()
    for asked, target in (
        ("/-/package/@a%2fb/dist-tags", "/-/package/@a%2fb/dist-tags"),
        ("/-/package/@a/b/dist-tags", "/-/package/@a%2fb/dist-tags"),
        ("/-/npm/v1/keys", "/-/npm/v1/keys"),
        ("/-/ping", "/-/ping"),
        ("/-/all", "/-/all"),
        ("/", "/"),
    ):
        upstream.replace(target, lambda reply: reply.reply(200, b'{"a":1}', {"Content-Type": "application/json"}))
        got = running.get("/api/npm" + asked)
        assert (got.status, got.body, got.header("Content-Type")) == (200, b'{"a":1}', "application/json"), asked
    assert upstream.count() == 5


def test_an_audit_is_forwarded_and_nothing_else_is(start, upstream):
    path = "/-/npm/v1/security/advisories/bulk"
    upstream.when(path, "POST").reply(200, b"{}", {"Content-Type": "application/json"})
    running = start(immutable_patterns=["\\.tgz$"])
    for question in (b'{"a":["1"]}', b'{"b":["1"]}'):
        assert running.get("/api/npm" + path, method="POST", body=question).body == b"{}"
    assert [request.body for request in upstream.requests] == [b'{"a":["1"]}', b'{"b":["1"]}']
    for method, target in (("PUT", "/left-pad"), ("PUT", "/-/user/org.couchdb.user:me"), ("POST", "/-/v1/login"), ("DELETE", "/left-pad")):
        got = running.get("/api/npm" + target, method=method, body=b"{}")
        assert (got.status, list(got.json())) == (405, ["error"]), target
    assert upstream.count() == 2


def test_accounts_of_upstream_are_not_shown(server, upstream):
    for path in ("/-/npm/v1/user", "/-/npm/v1/tokens"):
        upstream.when(path).reply(200, b'{"email":"canary@example"}')
    running = server({"npm": packages(upstream.base_url, username="robot", password="canary-password")}, secrets=["canary-password"])
    for path in ("/-/npm/v1/user", "/-/npm/v1/tokens", "/-/npm/v1/tokens?of-package=x"):
        assert running.get("/api/npm" + path).status == 404
    assert upstream.count() == 0


@pytest.mark.parametrize("status, ours", [(404, 404), (410, 404), (401, 403), (500, 502)])
def test_errors_have_the_registrys_form(start, upstream, status, ours):
    upstream.when("/nothing").reply(status, b"<html>no</html>", {"Content-Type": "text/html"})
    got = start().get("/api/npm/nothing", INSTALL)
    assert (got.status, got.header("Content-Type")) == (ours, "application/json")
    assert isinstance(got.json()["error"], str)
    if ours == 404:
        assert got.json()["error"] == "Not found"


def test_names_that_are_none_are_404_without_a_question(start, upstream):
    running = start()
    for path in ("n" * 215, "a%2fb", "@a%2fb%2fc"):
        got = running.get("/api/npm/" + path)
        assert (got.status, got.json()["error"]) == (404, "Not found"), path
    assert upstream.count() == 0


@pytest.mark.parametrize("content", [b"", b"[]", b"<html></html>", b'{"versions":{"1":{"dist":{"tarball":"x"}}}', b"{} {}"])
def test_a_document_that_is_none_is_502_and_a_good_one_is_served_next(start, upstream, content):
    upstream.when("/left-pad").reply(200, content, {"Content-Type": "application/json"})
    running = start(mutable_ttl=0)
    got = running.get("/api/npm/left-pad")
    assert (got.status, "no JSON object" in got.json()["error"]) == (502, True)
    upstream.publish("left-pad", {"1.0.0": b"tarball"})
    assert running.get("/api/npm/left-pad").status == 200


def test_without_upstream_documents_are_stale_and_tarballs_as_ever(start, upstream):
    upstream.publish("left-pad", {"1.0.0": b"tarball"})
    running = start(mutable_ttl=0)
    paths = ("/api/npm/left-pad", "/api/npm" + tarball_path("left-pad", "1.0.0"))
    fresh = [running.get(path, HOST + INSTALL) for path in paths]
    upstream.stop()
    stale = [running.get(path, HOST + INSTALL) for path in paths]
    assert [got.body for got in stale] == [got.body for got in fresh]
    assert stale[0].header("Warning") == '110 - "Response is Stale"' and "Warning" not in stale[1].headers


def test_an_order_by_pattern_finds_the_tarballs_of_a_package(server, upstream):
    upstream.publish("@a/b", {"1.0.0": b"one", "1.1.0": b"two", "2.0.0": b"three"})
    running = server({"npm": packages(upstream.base_url), "files": remote(upstream.base_url)})
    body = json.dumps({"remote": "npm", "include_pattern": "^@a/b/-/b-1"}).encode()
    answer = running.get("/cache-artifact", {"Content-Type": "application/json"}, method="POST", body=body).json()
    assert (answer["matched"], answer["cached_count"]) == (2, 2)
    assert upstream.asked(target_of("@a/b"))[0].header("accept") == INSTALL[0][1]
    assert running.get("/api/npm/@a/b/-/b-1.1.0.tgz").source == "cache"


def test_a_cold_document_of_40_mib_costs_bounded_memory(start, upstream):
    upstream.publish("small", {"1.0.0": b"tarball"})
    # As large ones are: thousands of versions of some kilobytes.
    member = ('"keywords":[' + ",".join('"%s"' % ("k" * 60) for _ in range(120)) + "]").encode()
    link = (upstream.base_url + "/big/-/big-%d.tgz").encode()
    versions = [b'"%d.0.0":{"dist":{"tarball":"%s"},%s}' % (i, link % i, member) for i in range(5600)]
    document = b'{"name":"big","versions":{' + b",".join(versions) + b"}}"
    assert len(document) > 40 * MIB
    upstream.when("/big").reply(200, document, {"Content-Type": "application/json"})
    upstream.when("/big/-/big-5000.tgz").reply(200, b"tarball")
    running = start({"memory_cache": "16MiB"})
    running.get("/api/npm/small")
    before = peak(running)
    got = running.get("/api/npm/big", HOST, timeout=60)
    assert got.body == document.replace(upstream.base_url.encode(), US.encode())
    assert running.get("/api/npm/big/-/big-5000.tgz").body == b"tarball"
    assert peak(running) - before < memory_bound(64 * MIB)
