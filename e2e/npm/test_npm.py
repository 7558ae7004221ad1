"""npm, both yarns and pnpm install through an npm remote: cold, warm, frozen, with the upstream gone, and get what they get directly."""
from npm_clients import CLIENTS, same
from npm_registry import WANTED
from npm_site import remote


def test_cold_then_warm_then_with_the_upstream_gone(kind, front, directly, start, tmp_path):
    program = start(front.url)
    for phase in ("cold", "warm", "gone"):
        before = list(front.requests)
        client = CLIENTS[kind](tmp_path / phase, remote(program))
        client.install()
        same(client, directly(kind))
        frozen = CLIENTS[kind](tmp_path / f"{phase}-frozen", remote(program), lock=client.lock)
        frozen.frozen()
        same(frozen, directly(kind))
        if phase == "cold":
            assert "sha512-" in client.lock or "checksum: 10c0/" in client.lock
            fetched = [path for method, path, status in front.requests if method == "GET" and status == 200]
            assert len(fetched) == len(set(fetched)) and len([path for path in fetched if path.endswith(".tgz")]) >= 6, fetched
        else:
            assert front.requests == before
        if phase == "warm":
            front.stop()
    program.stop()
    restarted = start(front.url)
    # The address has changed, and lockfiles of npm and yarn classic name it.
    lock = client.lock.replace(client.registry, remote(restarted))
    CLIENTS[kind](tmp_path / "restarted-frozen", remote(restarted), lock=lock).frozen()
    CLIENTS[kind](tmp_path / "restarted", remote(restarted)).install()
    restarted.stop()
    assert restarted.outcomes().keys() == {"HIT"}, restarted.log_text()


def test_what_has_expired_is_served_while_the_upstream_is_gone(kind, front, directly, start, tmp_path):
    program = start(front.url, mutable_ttl=0)
    CLIENTS[kind](tmp_path / "before", remote(program)).install()
    front.stop()
    after = CLIENTS[kind](tmp_path / "after", remote(program))
    after.install()
    same(after, directly(kind))
    program.stop()
    assert program.outcomes()["STALE"] >= len(WANTED), program.log_text()


def test_a_frozen_install_needs_nothing_but_the_tarballs(kind, front, directly, start, tmp_path):
    """As in CI, with a lockfile that has been there for long and a cache that has nothing yet."""
    program = start(front.url)
    lock = directly(kind).lock.replace(directly(kind).registry, remote(program))
    for phase in ("cold", "gone"):
        client = CLIENTS[kind](tmp_path / phase, remote(program), lock=lock)
        client.frozen()
        same(client, directly(kind))
        front.stop()
    assert front.documents == [] and len(front.asked_for(".tgz")) == len(set(front.asked_for(".tgz"))), front.requests
