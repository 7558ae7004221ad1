"""What else clients rely on when they install through an npm remote: new versions, tags, ages, passwords, digests."""
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from npm_clients import CLIENTS, same
from npm_ingress import Ingress
from npm_registry import CHOSEN
from npm_site import WITH_PASSWORD, ask, becomes_stored, is_broken, remote, stored


def test_a_new_version_appears_when_its_time_has_come(kind, own_registry, start_front, start, tmp_path):
    program = start(start_front(own_registry).url, mutable_ttl=0)
    before = CLIENTS[kind](tmp_path / "before", remote(program))
    before.install()
    own_registry.publish("left", "1.2.0")
    after = CLIENTS[kind](tmp_path / "after", remote(program))
    after.install()
    assert (before.version_of("left"), after.version_of("left")) == ("1.1.0", "1.2.0")
    again = CLIENTS[kind](tmp_path / "again", remote(program), lock=before.lock)
    again.frozen()
    assert again.version_of("left") == "1.1.0"


def test_an_expired_document_is_asked_for_with_a_condition(own_registry, start_front, start, tmp_path):
    front = start_front(own_registry)
    program = start(front.url, mutable_ttl=0)
    CLIENTS["npm"](tmp_path / "before", remote(program)).install()
    before = len(front.requests)
    CLIENTS["npm"](tmp_path / "after", remote(program)).install()
    asked = front.requests[before:]
    assert asked and all(not path.endswith(".tgz") for _, path, _ in asked)
    assert "GET" not in {method for method, _, _ in asked} or {status for _, _, status in asked} == {304}, asked


def test_tags_and_versions_are_chosen_as_upstream_says(kind, front, start, tmp_path):
    program = start(front.url)
    client = CLIENTS[kind](tmp_path / "home", remote(program), wanted={"left": "next", "@team/core": "latest", "demo": "1.0.0"})
    said = client.install()
    assert [client.version_of(name) for name in ("left", "@team/core", "demo")] == ["2.0.0-beta.1", "1.2.0", "1.0.0"]
    assert kind == "berry" or re.search("deprecated.* demo@1.0.0|demo@1.0.0: use 1.1.0", said), said


@pytest.mark.parametrize("kind, newer_than", [("npm", "--before=2001-01-01"), ("berry", "YARN_NPM_MINIMAL_AGE_GATE"),
                                              ("pnpm", "--config.minimumReleaseAge=1440")])
def test_a_client_can_leave_out_what_is_too_new(kind, newer_than, front, start, tmp_path):
    """They judge by times, which the document must have; yarn 4 does so when nobody tells it not to."""
    program = start(front.url)
    client = CLIENTS[kind](tmp_path / "home", remote(program), wanted={"left": "^1.0.0"})
    environment = {name: value for name, value in client.environment().items() if name != newer_than}
    client.environment = lambda: environment
    options = [newer_than] if newer_than.startswith("--") else []
    client.run("install", *options, fails=True)
    CLIENTS[kind](tmp_path / "patient", remote(program), wanted={"left": "^1.0.0"}).install()


def test_all_clients_at_once_cause_one_download_of_each(front, directly, start, tmp_path):
    program = start(front.url)
    front.rate = 2 << 20

    def install(kind):
        client = CLIENTS[kind](tmp_path / kind, remote(program))
        client.install()
        same(client, directly(kind))

    with ThreadPoolExecutor(len(CLIENTS)) as together:
        list(together.map(install, CLIENTS))
    tarballs = front.asked_for(".tgz")
    assert len(tarballs) == len(set(tarballs)) >= 6, tarballs


def test_two_of_us_in_a_row(kind, front, directly, start, tmp_path):
    inner = start(front.url, name="inner")
    outer = start(remote(inner).rstrip("/"), name="outer")
    for phase in ("cold", "with the others gone"):
        client = CLIENTS[kind](tmp_path / phase, remote(outer))
        client.install()
        same(client, directly(kind))
        inner.stop()
        front.stop()


@pytest.mark.parametrize("prefix", ["", "/artifacts"], ids=["at its root", "below a prefix"])
def test_behind_an_ingress_with_tls(kind, prefix, front, directly, start, tmp_path):
    """Links are what clients see: they could not follow any other."""
    program = start(front.url)
    ingress = Ingress(program, tmp_path / "ingress", prefix).start()
    try:
        client = CLIENTS[kind](tmp_path / "home", remote(program).replace(f"http://127.0.0.1:{program.port}", ingress.url))
        environment = client.environment() | {"NODE_EXTRA_CA_CERTS": str(ingress.certificate)}
        client.environment = lambda: environment
        client.install()
        same(client, directly(kind))
        tarballs = [path for _, path, status in ingress.requests if path.endswith(".tgz") and status == 200]
        assert len(tarballs) >= 6 and all(path.startswith(prefix) for path in tarballs)
    finally:
        ingress.stop()


def test_an_address_with_a_password_is_for_us_alone(own_registry, start_front, start, tmp_path):
    """verdaccio lets nobody read without one; what a client has is not sent on."""
    own_registry.stop()
    own_registry.protect("reader", "sesame")
    own_registry.start()
    front = start_front(own_registry)
    program = start(front.url, remotes=WITH_PASSWORD)
    client = CLIENTS["npm"](tmp_path / "home", remote(program))
    (client.home / "npmrc").write_text(f"{remote(program).removeprefix('http:')}:_authToken=client-secret\n")
    client.install()
    assert {name: client.version_of(name) for name in CHOSEN} == CHOSEN
    assert front.credentials == {own_registry.authorization} and "sesame" not in program.log_text()
    open_remote = start(front.url, name="without")
    assert re.search("E40[13]", CLIENTS["npm"](tmp_path / "refused", remote(open_remote)).install(fails=True))


@pytest.mark.parametrize("name, version", [("left", "1.1.0"), ("@team/core", "1.2.0")])
def test_a_tarball_that_belies_its_integrity_is_not_given_and_not_kept(kind, name, version, own_registry, start_front, start, tmp_path):
    front = start_front(own_registry)
    program = start(front.url)
    tarball = own_registry.tarball(name, version)
    good = tarball.read_bytes()
    tarball.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    CLIENTS[kind](tmp_path / "bad", remote(program), wanted={name: version}).install(fails=True)
    path = f"{name}/-/{tarball.name}"
    assert is_broken(remote(program) + path)
    program.stop()
    again = start(front.url)
    assert path not in stored(again)
    tarball.write_bytes(good)
    client = CLIENTS[kind](tmp_path / "good", remote(again), wanted={name: version})
    client.install()
    assert client.version_of(name) == version and becomes_stored(again, [path])


@pytest.mark.parametrize("name, version", [("left", "1.1.0"), ("@team/core", "1.2.0")])
def test_a_tarball_stored_before_its_document_is_compared_later(kind, name, version, own_registry, start_front, start, tmp_path):
    """A lockfile leads to the tarball alone. It was damaged then; now it is not, and the document says what it should be."""
    program = start(start_front(own_registry).url)
    tarball = own_registry.tarball(name, version)
    good = tarball.read_bytes()
    damaged = good[:-1] + bytes([good[-1] ^ 1])
    tarball.write_bytes(damaged)
    path = f"{name}/-/{tarball.name}"
    assert ask(remote(program) + path)[2] == damaged and becomes_stored(program, [path])
    tarball.write_bytes(good)
    client = CLIENTS[kind](tmp_path / "home", remote(program), wanted={name: version})
    client.install()
    assert client.version_of(name) == version and ask(remote(program) + path)[2] == good
