"""An orderly end: what is under way is finished, nothing new is begun."""

import signal
import time

from body import Body
from client import Conn
from server import remote
from waiting import deadline, wait_until

MIB = 1 << 20


def remotes(upstream):
    return {"files": remote(upstream.base_url)}


def is_draining(running):
    """The answer of /ready that says so, or True when new connections are refused by now."""
    try:
        with Conn(running.address, 2) as fresh:
            got = fresh.ask("/ready").read()
    except OSError:
        return True
    return got if got.status == 503 or not got.complete else None


def test_a_download_under_way_is_finished_before_the_end(server, upstream):
    running = server(remotes(upstream), drain_timeout="10s")
    body = Body(1, 4 * MIB)
    stalled = upstream.when("/f").reply(200, body).stall_after(2 * MIB)
    herd = running.herd(5, "/api/files/f")
    stalled.wait_stalled()
    wait_until(lambda: all(n > MIB for n in herd.received))
    running.signal(signal.SIGTERM)
    wait_until(lambda: is_draining(running), what="/ready to refuse")
    assert running.running()
    stalled.release()
    assert {(r.complete, r.sha256) for r in herd.join()} == {(True, body.sha256)}
    assert running.wait_exit() == 0


def test_what_was_being_fetched_during_the_drain_is_kept(server, upstream):
    running = server(remotes(upstream), drain_timeout="10s")
    body = Body(2, 4 * MIB)
    stalled = upstream.when("/f").reply(200, body).stall_after(2 * MIB)
    herd = running.herd(1, "/api/files/f")
    stalled.wait_stalled()
    running.signal(signal.SIGTERM)
    stalled.release()
    herd.join()
    assert running.wait_exit() == 0
    running.start()
    assert running.get("/api/files/f").source == "cache"


def test_kept_connections_are_closed_and_ready_says_no(server, upstream):
    running = server(remotes(upstream), drain_timeout="10s")
    stalled = upstream.when("/f").reply(200, Body(3, MIB)).stall_after(MIB // 2)
    herd = running.herd(1, "/api/files/f")
    stalled.wait_stalled()
    idle = running.connect()
    assert idle.ask("/health").read().status == 200
    running.signal(signal.SIGTERM)

    got = wait_until(lambda: is_draining(running), 5, "/ready to refuse")
    if got is not True and got.complete:
        assert got.header("Connection").lower() == "close"
    assert idle.ended(10) in ("closed", "reset")
    stalled.release()
    assert herd.join()[0].complete
    assert running.wait_exit() == 0


def test_a_second_signal_ends_at_once_and_visibly(server, upstream):
    running = server(remotes(upstream), drain_timeout="10s")
    running.expect_unclean_spool = True  # the next start sweeps it
    stalled = upstream.when("/f").reply(200, Body(4, 4 * MIB)).stall_after(2 * MIB)
    herd = running.herd(1, "/api/files/f")
    stalled.wait_stalled()
    wait_until(lambda: herd.received[0] > MIB)
    running.signal(signal.SIGTERM)
    wait_until(lambda: is_draining(running), what="/ready to refuse")
    begun = time.monotonic()
    running.signal(signal.SIGTERM)
    assert running.wait_exit(5) is not None
    assert time.monotonic() - begun < deadline(2)
    assert not herd.join()[0].complete


def test_the_drain_has_an_end(server, upstream):
    running = server(remotes(upstream), drain_timeout="1s")
    stalled = upstream.when("/f").reply(200, Body(5, 4 * MIB)).stall_after(2 * MIB)
    herd = running.herd(1, "/api/files/f")
    stalled.wait_stalled()
    running.signal(signal.SIGTERM)
    assert running.wait_exit(10) is not None
    assert not herd.join()[0].complete


def test_an_interrupt_is_like_a_termination(server, upstream):
    running = server(remotes(upstream), drain_timeout="10s")
    running.signal(signal.SIGINT)
    assert running.wait_exit() == 0


def test_an_end_without_work_is_quick(server, upstream):
    running = server(remotes(upstream), drain_timeout="10s")
    begun = time.monotonic()
    assert running.terminate() == 0
    assert time.monotonic() - begun < deadline(3)
