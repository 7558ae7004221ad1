"""What clients read of a package through us is upstream's, member by member; only addresses differ."""
import json

import pytest

from npm_registry import BIG
from npm_site import ask, becomes_stored, order, remote

ABBREVIATED = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"   # npm's own words, and pnpm's
FORMS = {"abbreviated": ABBREVIATED, "full": "application/json", "anything": None}
PACKAGES = ["left", "demo", "elsewhere", "@team/core", "@team/cli"]


def members(body):
    """With their order, and with members that come twice."""
    return json.loads(body, object_pairs_hook=list)


def headers_for(form):
    return {"Accept": FORMS[form]} if FORMS[form] else {}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", PACKAGES)
def test_every_member_is_upstreams_but_for_the_addresses_of_tarballs(name, form, front, start):
    program = start(front.url)
    status, theirs, body = ask(f"{front.url}/{name}", headers_for(form))
    assert status == 200
    for _ in ("cold", "warm"):
        status, ours, through = ask(remote(program) + name, headers_for(form))
        assert status == 200 and ours["Content-Type"] == theirs["Content-Type"] and "Accept" in ours["Vary"].split(", ")
        count = len(json.loads(body)["versions"])
        assert through.count(f'"{remote(program)}{name}/-/'.encode()) == count
        mended = through.replace(f'"{remote(program)}{name}/-/'.encode(), f'"{front.url}/{name}/-/'.encode())
        assert members(mended) == members(body)
    if form != "abbreviated":
        assert f"Where {front.upstream.geturl()}/{name}/-/ is only a word".encode() in through


def test_the_two_forms_are_kept_apart(front, start):
    program = start(front.url)
    seen = {}
    for _ in ("cold", "warm"):
        for form in FORMS:
            _, headers, body = ask(remote(program) + "demo", headers_for(form))
            seen.setdefault(form, set()).add((headers["ETag"], body))
    assert {form: len(answers) for form, answers in seen.items()} == {form: 1 for form in FORMS}
    assert seen["full"] == seen["anything"] and seen["full"].isdisjoint(seen["abbreviated"])
    assert b"readme" in seen["full"].copy().pop()[1] and b"readme" not in seen["abbreviated"].copy().pop()[1]
    assert front.documents == ["/demo", "/demo"]
    for form, ((tag, _),) in seen.items():
        assert ask(remote(program) + "demo", headers_for(form) | {"If-None-Match": tag})[0] == 304
    (abbreviated, _), = seen["abbreviated"]
    assert ask(remote(program) + "demo", headers_for("full") | {"If-None-Match": abbreviated})[0] == 200


def test_a_scope_may_be_spelled_with_an_escape(front, start):
    program = start(front.url)
    bodies = {ask(remote(program) + name)[2] for name in ("@team/core", "@team%2fcore", "@team%2Fcore")}
    assert len(bodies) == 1 and len(front.documents) == 1


def test_links_are_made_for_the_host_that_asks(front, start):
    program = start(front.url)
    for host in ("one.example", "two.example"):
        versions = json.loads(ask(remote(program) + "left", {"Host": host})[2])["versions"]
        assert {v["dist"]["tarball"] for v in versions.values()} == {f"http://{host}/api/v1/remote/npm/left/-/left-{n}.tgz" for n in versions}
    assert front.documents == ["/left"]


def test_behind_an_ingress_links_are_what_the_client_sees(front, start):
    program = start(front.url)
    seen = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "artifacts.example.com"}
    for form in FORMS:
        versions = json.loads(ask(remote(program) + "@team/core", headers_for(form) | seen)[2])["versions"]
        assert {v["dist"]["tarball"] for v in versions.values()} == {
            f"https://artifacts.example.com/api/v1/remote/npm/@team/core/-/core-{n}.tgz" for n in versions}


def test_a_tarball_is_upstreams_whole_and_in_part(published, front, start):
    program = start(front.url)
    ask(remote(program) + "@team/core")
    for name, version in (("@team/core", "1.2.0"), ("left", "1.0.0")):   # the second one's document nobody has asked for
        there = published.tarball(name, version).read_bytes()
        url = f"{remote(program)}{name}/-/{published.tarball(name, version).name}"
        for _ in ("cold", "warm"):
            status, headers, body = ask(url)
            assert (status, body, int(headers["Content-Length"])) == (200, there, len(there)) and headers["Content-Encoding"] is None
        status, headers, body = ask(url, {"Range": "bytes=10-19"})
        assert (status, body, headers["Content-Range"]) == (206, there[10:20], f"bytes 10-19/{len(there)}")
        assert int(ask(url, method="HEAD")[1]["Content-Length"]) == len(there)
    assert len(front.asked_for(".tgz")) == 2 and len(there) < len(BIG)


@pytest.mark.parametrize("path", ["left/1.0.0", "left/latest", "@team%2fcore/1.2.0", "-/package/left/dist-tags", "-/ping"])
def test_other_documents_are_handed_through(path, front, start):
    program = start(front.url)
    _, _, body = ask(f"{front.url}/{path}")
    status, headers, through = ask(remote(program) + path)
    assert status == 200 and headers["Content-Type"].startswith("application/json")
    assert members(through.replace(remote(program).encode(), f"{front.url}/".encode())) == members(body)
    assert f"{front.url}/".encode() not in through


def test_what_is_not_there_is_said_as_a_registry_says_it(front, start):
    program = start(front.url)
    for path in ("nothing-of-that-name", "@nobody%2fnothing", "left/9.9.9", "left/-/left-9.9.9.tgz"):
        status, headers, body = ask(remote(program) + path)
        assert status == 404 and headers["Content-Type"].startswith("application/json") and "error" in json.loads(body), path


def test_a_password_is_the_way_to_no_write(front, start):
    """Publishing, tagging and logging in are for the registry itself."""
    program = start(front.url)
    for method, path in (("PUT", "left"), ("DELETE", "left/-rev/1"), ("PUT", "-/package/left/dist-tags/x"), ("PUT", "-/user/org.couchdb.user:me")):
        assert ask(remote(program) + path, {"Content-Type": "application/json"}, b"{}", method)[0] in (403, 405), (method, path)
    assert front.requests == [] and front.bodies == []


def test_tarballs_are_fetched_ahead_by_a_pattern(front, start):
    program = start(front.url)
    done = order(program, {"remote": "npm", "include_pattern": "^left/-/left-1[.].*\\.tgz$"})
    assert sorted(one["path"] for one in done["artifacts"]) == ["left/-/left-1.0.0.tgz", "left/-/left-1.1.0.tgz"] and done["failed"] == 0, done
    before = list(front.requests)
    assert becomes_stored(program, ["left/-/left-1.0.0.tgz", "left/-/left-1.1.0.tgz"])
    for version in ("1.0.0", "1.1.0"):
        assert ask(f"{remote(program)}left/-/left-{version}.tgz")[0] == 200
    assert front.requests == before
