"""A body is exact or visibly broken; what was broken is never kept."""

import random

import pytest

from body import Body
from server import remote
from upstream import Upstream
from waiting import wait_until

SMALL, LARGE = 10_000, 400_000


def remotes(upstream):
    return {"files": remote(upstream.base_url)}


def cut(at, rst=False, framing="length"):
    return lambda reply: reply.length(framing == "length").cut_after(
        int(at * reply.body.size) if at < 1 else reply.body.size - 1 if at == 1 else 1, rst
    )


FAULTS = {
    "cut before the first byte": cut(0),
    "cut after one byte": cut(2),
    "cut half-way": cut(0.5),
    "cut before the last byte": cut(1),
    "chunks cut before the first byte": cut(0, framing="chunked"),
    "chunks cut after one byte": cut(2, framing="chunked"),
    "chunks cut half-way": cut(0.5, framing="chunked"),
    "chunks cut before the last byte": cut(1, framing="chunked"),
    "reset half-way": cut(0.5, rst=True),
    "chunks reset half-way": cut(0.5, rst=True, framing="chunked"),
    "no last chunk": lambda reply: reply.missing_last_chunk(),
    "bad chunk": lambda reply: reply.bad_chunk(),
    "fewer bytes than announced": lambda reply: reply.wrong_length(reply.body.size * 2),
    "a part that nobody asked for": lambda reply: reply.unasked_206(),
    "garbage": lambda reply: reply.garbage(),
    "reset of a body without length": lambda reply: reply.until_close().cut_after(
        reply.body.size // 2, rst=True
    ),
    "two lengths": lambda reply: reply.raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\n" + b"x" * 50
    ),
    "length and chunks": lambda reply: reply.raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    ),
    "a negative length": lambda reply: reply.raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"),
    "a length with a sign": lambda reply: reply.raw(b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello"),
    "a length beyond numbers": lambda reply: reply.raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551620\r\n\r\nhello"
    ),
    "a chunk size beyond numbers": lambda reply: reply.raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n"
    ),
    "a chunk longer than its size": lambda reply: reply.raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n"
    ),
    "an unknown transfer coding": lambda reply: reply.raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: x-strange\r\n\r\nhello"
    ),
    "a bad status line": lambda reply: reply.raw(b"HTTP/1.1 2x0 OK\r\nContent-Length: 5\r\n\r\nhello"),
    "nothing at all": lambda reply: reply.drop_connection(),
    "a head cut in the middle": lambda reply: reply.raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
}


def assert_not_taken_for_whole(response):
    """Either a clean error, or a body that visibly broke."""
    if response.complete:
        assert response.status in (502, 504), f"a torn body looks whole: {response}"
    else:
        assert response.error != "time-out", "left hanging"


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_download_is_never_served_as_whole_nor_kept(site, unique, fault, size):
    body = Body(21, size)
    FAULTS[fault](site.when(unique()).reply(200, body))
    url = "/api/files" + unique()
    got = site.get(url)
    assert_not_taken_for_whole(got)
    if not got.complete:
        assert (
            body.bytes().startswith(got.body) and got.size < size
        ), "what came is a true beginning, and not all"
    site.when(unique()).reply(200, body)
    good = site.get(url)
    assert (good.status, good.complete, good.sha256, good.source) == (200, True, body.sha256, "remote")
    hit = site.get(url)
    # What could not be stored a moment ago (no length at all) is not tried again at once.
    assert hit.sha256 == body.sha256 and (hit.source == "cache" or "without length" in fault)


@pytest.mark.parametrize(
    "fault",
    ["cut half-way", "chunks cut half-way", "no last chunk", "reset half-way", "cut before the last byte"],
)
def test_followers_see_the_break_too(site, unique, fault):
    body = Body(22, LARGE)
    reply = FAULTS[fault](site.when(unique()).reply(200, body)).stall_before_head()
    herd = site.server.herd(20, "/api/files" + unique())
    reply.wait_stalled()
    site.when(unique()).reply(404, b"")  # whoever comes too late for the broken one
    reply.release()
    for response in herd.join():
        if response.status != 404:
            assert_not_taken_for_whole(response)


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.0"])
@pytest.mark.parametrize("fault", ["chunks cut half-way", "no last chunk", "reset of a body without length"])
def test_old_clients_are_not_fooled_by_a_closing_connection(site, unique, fault, version):
    FAULTS[fault](site.when(unique()).reply(200, Body(23, LARGE)))
    got = site.get("/api/files" + unique(), version=version)
    assert_not_taken_for_whole(got)
    if not got.complete and version == "HTTP/1.0":
        assert got.framed_by != "close" or got.error == "reset"


def test_a_small_body_that_broke_is_a_clean_502(site, unique):
    site.when(unique()).reply(200, Body(24, SMALL)).cut_after(SMALL // 2)
    got = site.get("/api/files" + unique())
    assert (got.status, got.complete) == (502, True)
    assert got.json()["error"]["code"]


def test_a_large_body_that_broke_after_its_first_byte_ends_in_a_reset(site, unique):
    stalled = site.when(unique()).reply(200, Body(25, LARGE)).stall_after(LARGE // 2).cut_after(LARGE // 2)
    with site.connect() as client:
        client.ask("/api/files" + unique())
        assert client.read_until(LARGE // 2 - 1).size == LARGE // 2 - 1
        stalled.release()
        got = client.read()
    assert (got.complete, got.error) == (False, "reset")


def test_more_bytes_than_announced_never_become_the_next_answer(server):
    with Upstream() as upstream:
        running = server(remotes(upstream), threads=1)
        poison = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
        upstream.when("/a").raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" + poison, close=False)
        upstream.when("/b").reply(200, b"right")
        first = running.get("/api/files/a")
        assert first.body == b"hello" or first.status == 502
        assert running.get("/api/files/b").body == b"right"
        assert running.get("/api/files/c").status == 404


def test_a_304_that_nobody_asked_for_is_no_answer(site, unique):
    site.when(unique()).raw(b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n')
    assert site.get("/api/files" + unique()).status == 502


def test_interim_responses_are_skipped(site, unique):
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3
    site.when(unique()).raw(interim + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    got = site.get("/api/files" + unique())
    assert (got.status, got.body) == (200, b"hello") and "Link" not in got.headers


def test_damaged_answers_of_upstream_do_no_harm(server):
    """Deterministic small damages to good answers: whatever comes of one, the next path is served right."""
    good = [
        b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\nETag: "a"\r\nContent-Type: text/plain\r\n\r\nhello world',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/11\r\nContent-Length: 5\r\n\r\nhello",
    ]
    dice = random.Random(21)
    odd = [b"\r", b"\n", b"\0", b" ", b":", b"\xff", b"-", b",", b"9", b"\r\n", b"\r\n\r\n", b""]
    with Upstream() as upstream:
        running = server(remotes(upstream))
        upstream.when("/elsewhere").reply(200, b"elsewhere")
        for number in range(150):
            answer = dice.choice(good)
            for _ in range(dice.randint(1, 3)):
                at = dice.randrange(len(answer))
                answer = answer[:at] + dice.choice(odd) + answer[at + dice.randint(0, 2) :]
            upstream.when(f"/{number}").raw(answer)
            got = running.get(f"/api/files/{number}", timeout=5)
            assert got.error != "time-out", answer
            upstream.when(f"/good{number}").reply(200, b"good")
            wait_until(
                lambda n=number: running.get(f"/api/files/good{n}").body == b"good",
                5,
                f"service after {answer}",
            )
