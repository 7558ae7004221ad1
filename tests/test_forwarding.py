"""Questions that upstream alone can answer: passed on as they are, answered as they come, never kept or repeated."""

import gzip
import json
import time

import pytest

from body import Body
from server import remote
from upstream import Upstream
from waiting import wait_until

AUDIT = "/-/npm/v1/security/advisories/bulk"
QUESTION = json.dumps({"left-pad": ["1.0.0"]}).encode()
SECRETS = ["canary-password", "canary-header", "canary-client"]


def npm(base_url, **keys):
    return {**remote(base_url, **keys), "package": "npm"}


def remotes(upstream):
    return {
        "npm": npm(upstream.base_url),
        "locked": npm(upstream.base_url, username="robot", password="canary-password", headers={"X-Key": "canary-header"}),
        "files": remote(upstream.base_url),
    }


def post(where, body=QUESTION, headers=(), remote_name="npm", path=AUDIT, **more):
    fields = [("Content-Type", "application/json"), *headers]
    return where.get(f"/api/{remote_name}{path}", fields, method="POST", body=body, **more)


@pytest.fixture
def asked(site):
    """What upstream was asked by this test."""
    before = site.upstream.count()
    return lambda: site.upstream.asked()[before:]


def test_question_and_answer_are_passed_on_as_they_are(site, asked):
    answer = gzip.compress(b'{"left-pad": []}')
    fields = {"Content-Type": "application/json; charset=utf-8", "Content-Encoding": "gzip", "Set-Cookie": "a=b", "ETag": '"1"'}
    site.when(AUDIT).reply(201, answer, {**fields, "Cache-Control": "max-age=60"})
    sent = gzip.compress(QUESTION * 100)
    got = post(site, sent, [("Content-Encoding", "gzip"), ("Accept", "application/json"), ("Accept-Encoding", "gzip")])
    assert (got.status, got.body, got.complete) == (201, answer, True)
    assert got.header("Content-Type") == "application/json; charset=utf-8"
    assert got.header("Content-Encoding") == "gzip"
    assert (got.source, got.header("Cache-Control")) == ("remote", "no-store")
    assert got.header("X-Content-Type-Options") == "nosniff"
    assert "Set-Cookie" not in got.headers and "ETag" not in got.headers and "Age" not in got.headers
    [request] = asked()
    assert (request.method, request.target, request.body) == ("POST", AUDIT, sent)
    assert request.header("content-length") == str(len(sent))
    assert request.header("content-type") == "application/json"
    assert request.header("content-encoding") == "gzip"
    assert request.header("accept-encoding") == "identity"
    assert request.header("user-agent").startswith("artifactapi/")


def test_a_question_in_chunks_arrives_whole(site, asked):
    site.when(AUDIT).reply(200, b"{}").chunked(7)
    body = b"".join(b"5\r\nabcde\r\n" for _ in range(400_000)) + b"0\r\n\r\n"
    with site.connect() as client:
        client.ask(f"/api/npm{AUDIT}", "POST", [("Transfer-Encoding", "chunked")]).send(body)
        got = client.read("POST")
        assert (got.status, got.body, got.framed_by) == (200, b"{}", "chunked")
        client.ask(f"/api/npm{AUDIT}", "POST", [("Content-Length", "2")]).send(b"{}")
        assert client.read("POST").status == 200, "the connection serves on"
    assert [request.body for request in asked()] == [b"abcde" * 400_000, b"{}"]


def test_nothing_is_kept_and_no_two_share_an_answer(site, asked):
    site.when(AUDIT).reply(200, b"first").then().reply(200, b"second").then().reply(200, b"third")
    assert [post(site).body for _ in range(3)] == [b"first", b"second", b"third"]
    assert len(asked()) == 3
    assert site.get("/artifacts/npm").json()["artifacts"] == []
    assert site.server.blob_files() == [] and site.server.spool_files() == []


def test_two_at_once_are_asked_apart(site, asked):
    stalled = site.when(AUDIT).reply(200, b"slow").stall_before_head()
    stalled.then().reply(200, b"fast")
    with site.connect() as slow:
        slow.ask(f"/api/npm{AUDIT}", "POST", [("Content-Length", "1")]).send(b"1")
        wait_until(lambda: len(asked()) == 1, what="upstream to be asked")
        assert post(site, b"2").body == b"fast"
        stalled.release()
        assert slow.read("POST").body == b"slow"
    assert [request.body for request in asked()] == [b"1", b"2"]


@pytest.mark.parametrize("status", [200, 202, 400, 404, 410, 422])
def test_what_upstream_says_to_the_client_comes_with_its_body(site, status):
    site.when(AUDIT).reply(status, b"upstream's own words", {"Content-Type": "text/x-words"})
    got = post(site)
    assert (got.status, got.body, got.header("Content-Type")) == (status, b"upstream's own words", "text/x-words")


@pytest.mark.parametrize("theirs, ours", [(401, 403), (403, 403), (429, 429), (500, 502), (503, 502), (304, 502)])
def test_what_is_between_upstream_and_us_becomes_an_error_of_ours(site, asked, theirs, ours):
    fields = {"WWW-Authenticate": 'Basic realm="theirs"', "Retry-After": "7"}
    site.when(AUDIT).reply(theirs, b"upstream's own page", fields)
    got = post(site)
    assert (got.status, got.complete) == (ours, True)
    assert b"upstream's own page" not in got.body and "WWW-Authenticate" not in got.headers
    assert got.json()["error"]
    assert (got.header("Retry-After") == "7") == (ours in (403, 429))
    assert len(asked()) == 1


def test_no_content_has_none(site):
    site.when(AUDIT).reply(204)
    with site.connect() as client:
        for _ in range(2):
            client.ask(f"/api/npm{AUDIT}", "POST", [("Content-Length", "0")])
            assert client.read("POST").status == 204


def test_other_methods_and_paths_are_refused_as_before(site, asked):
    for method, path in (("PUT", AUDIT), ("DELETE", AUDIT), ("POST", "/left-pad"), ("POST", "/-/user/token")):
        got = site.get("/api/npm" + path, method=method, body=b"{}")
        assert (got.status, got.header("Allow")) == (405, "GET, HEAD"), (method, path)
    assert site.get("/api/files" + AUDIT, method="POST", body=b"{}").status == 405
    assert asked() == []


def test_credentials_of_the_remote_go_along_and_those_of_the_client_do_not(site):
    site.when(AUDIT).reply(200, b"{}")
    own = [("Authorization", "Bearer canary-client"), ("Cookie", "canary-client"), ("npm-session", "canary-client")]
    assert post(site, headers=own, remote_name="locked").status == 200
    request = site.upstream.last(AUDIT)
    assert request.header("authorization").startswith("Basic ") and request.header("x-key") == "canary-header"
    assert "canary-client" not in str(request.headers)
    assert post(site, headers=own).status == 200
    request = site.upstream.last(AUDIT)
    assert request.header("authorization") is None and "canary" not in str(request.headers)


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_method_is_followed(site, asked, status):
    with Upstream("127.0.0.2") as elsewhere:
        elsewhere.when("/audit").reply(200, b"from there")
        site.when(AUDIT).redirect(elsewhere.base_url + "/audit", status)
        got = post(site, b"the question", [("Content-Encoding", "x")], remote_name="locked")
        assert (got.status, got.body) == (200, b"from there")
        [request] = elsewhere.requests
        assert (request.method, request.body) == ("POST", b"the question")
        assert request.header("content-encoding") == "x"
        assert request.header("authorization") is None and request.header("x-key") is None
    assert len(asked()) == 1


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_would_make_it_a_get_is_not(site, asked, status):
    site.when(AUDIT).redirect("/elsewhere", status)
    assert post(site).status == 502
    assert [request.path for request in asked()] == [AUDIT]


def test_more_than_8_MiB_are_refused(site, asked):
    site.when(AUDIT).reply(200, b"{}")
    large = bytes(8 << 20)
    assert post(site, large).status == 200
    assert asked()[-1].body == large
    got = post(site, large + b"x")
    assert (got.status, len(asked())) == (413, 1)
    # Elsewhere the usual limit holds.
    assert site.get("/api/npm/left-pad", method="POST", body=bytes((1 << 20) + 1)).status == 413
    assert site.get("/api/files" + AUDIT, method="POST", body=bytes((1 << 20) + 1)).status == 413


def test_a_large_answer_waits_for_its_client(site):
    body = Body(5, 96 << 20)
    site.when(AUDIT).reply(200, body)
    before = site.upstream.bytes_sent
    with site.connect(receive_buffer=64 * 1024) as slow:
        slow.ask(f"/api/npm{AUDIT}", "POST", [("Content-Length", "2")]).send(b"{}")
        slow.read_until(1 << 20, "POST")
        assert site.get("/health").status == 200, "others are served meanwhile"
        assert site.upstream.bytes_sent - before < 64 << 20, "upstream waits"
        got = slow.read("POST", keep=False)
    assert (got.complete, got.sha256) == (True, body.sha256)


def test_an_answer_that_breaks_off_is_broken_for_the_client(site):
    site.when(AUDIT).reply(200, Body(6, 1 << 20)).cut_after(600_000)
    assert not post(site).complete
    site.when(AUDIT).reply(200, Body(6, 1 << 20)).chunked().missing_last_chunk()
    assert not post(site).complete


def test_the_client_leaves_and_upstream_is_let_go(site):
    stalled = site.when(AUDIT).reply(200, Body(7, 4 << 20)).stall_after(1 << 20)
    with site.connect() as client:
        client.ask(f"/api/npm{AUDIT}", "POST", [("Content-Length", "2")]).send(b"{}")
        client.read_until(512 * 1024, "POST")
        stalled.wait_stalled()
        open_before = site.upstream.open_connections
        client.reset()
    stalled.release()
    wait_until(lambda: site.upstream.open_connections < open_before, what="the connection to upstream to end")
    site.when(AUDIT).reply(200, b"{}")
    assert post(site).status == 200


def test_a_client_of_http_1_0_is_told_no_answer_without_length(site):
    site.when(AUDIT).reply(200, b"{}").then().reply(200, b"{}").chunked()
    assert post(site, version="HTTP/1.0").body == b"{}"
    assert post(site, version="HTTP/1.0").status == 502


def test_it_has_its_line_in_the_log_and_its_place_in_the_metrics(site):
    count = lambda name, **want: sum(
        value for labels, value in site.server.metrics()[name] if want.items() <= labels.items()
    )
    site.when(AUDIT).reply(200, b"{}")
    before = count("artifactapi_requests_total", remote="npm", cache="none")
    upstreams = count("artifactapi_upstream_requests_total", remote="npm")
    got = post(site)
    is_line = lambda line: line.get("request_id") == got.header("X-Request-Id") and "method" in line
    line = site.server.wait_log(is_line)
    assert (line["method"], line["remote"], line["status"]) == ("POST", "npm", 200)
    assert "cache" not in line and "Cache" not in line["msg"]
    wait_until(lambda: count("artifactapi_requests_total", remote="npm", cache="none") == before + 1)
    assert count("artifactapi_upstream_requests_total", remote="npm") == upstreams + 1


def test_a_dead_upstream_is_502_and_the_question_is_not_repeated(server, upstream):
    running = server({"npm": npm(upstream.base_url)}, threads=1)
    upstream.when("/left-pad").reply(200, b'{"name":"left-pad","versions":{}}', {"Content-Type": "application/json"})
    assert running.get("/api/npm/left-pad").status == 200  # leaves a kept connection behind
    upstream.when(AUDIT).drop_connection().then().reply(200, b"second time")
    assert post(running).status == 502
    assert upstream.count(AUDIT) == 1
    upstream.stop()
    got = post(running)
    assert (got.status, got.header("Retry-After")) == (502, "1")
    upstream.start()
    # The first question after an outage may find the connection refused still.
    wait_until(lambda: post(running).body == b"second time", what="upstream to be heard again")


def test_a_kept_connection_that_is_dead_costs_no_question(server, upstream):
    running = server({"npm": npm(upstream.base_url)}, threads=1)
    upstream.when(AUDIT).reply(200, b"{}")
    for number in range(1, 6):
        assert post(running).status == 200
        upstream.drop_connections()
        assert upstream.count(AUDIT) == number


def test_an_upstream_that_does_not_answer_is_504(server, upstream):
    running = server({"npm": npm(upstream.base_url)}, upstream_first_byte_timeout="1s")
    upstream.when(AUDIT).never_answer()
    begun = time.monotonic()
    assert post(running).status == 504
    assert time.monotonic() - begun >= 0.9 and upstream.count(AUDIT) == 1
