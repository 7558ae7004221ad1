"""What the registry sees: one download however many ask, and its own credentials only; and one program behind another."""
import base64
import http.client
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import registries
from container_clients import Crane, Skopeo
from docker_site import Content, Site, REMOTES, address, digests_of

HERD = 50
USER, PASSWORD = "reader", "secret"
HTPASSWD = "reader:$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
CREDENTIALS = f'    username: "{USER}"\n    password: "{PASSWORD}"\n'
AMD64 = Content.multi.images[0]


def test_fifty_clients_of_one_uncached_image_cause_one_download_of_each_blob(site, tmp_path):
    program = site.start()
    site.relay.rate = 10 << 20   # the large layer takes half a second: they meet in the middle of it

    def pull(number):
        return Crane(tmp_path / f"client{number}").pull(f"{address(program)}/remote/library/demo:multi", "--platform=linux/amd64")

    with ThreadPoolExecutor(HERD) as herd:
        pulled = list(herd.map(pull, range(HERD)))
    assert all(one >= digests_of(AMD64) for one in pulled)
    assert set(site.fetched().values()) == {1}, site.relay.requests
    assert site.fetched_digests() <= digests_of(AMD64) | {Content.multi.digest}


def test_everyone_who_waits_for_a_layer_gets_its_beginning_before_its_end_has_come(site):
    """The upstream sends a piece and waits until all have read some of it."""
    program = site.start()
    layer = AMD64.layers[1]
    site.relay.gate = threading.Event()
    together = threading.Barrier(HERD, action=site.relay.gate.set, timeout=20)

    def read(_):
        connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=30)
        try:
            connection.request("GET", f"/v2/remote/library/demo/blobs/{layer.digest}")
            reply = connection.getresponse()
            begin = reply.read(1 << 16)
            together.wait()
            return begin + reply.read()
        finally:
            connection.close()

    with ThreadPoolExecutor(HERD) as herd:
        assert set(herd.map(read, range(HERD))) == {layer.content}
    assert list(site.fetched().values()) == [1]


def test_two_programs_in_a_row_hand_through_the_same_image(site, registry, start_program, tmp_path):
    first = site.start()
    second = start_program(tmp_path / "second", REMOTES.format(base_url=f"http://{address(first)}", mutable_ttl=3600))
    # The first one's remote is part of the name, or it is the one for names without a remote.
    for number, name in enumerate(("remote/remote/library/demo:multi", "remote/library/demo:multi")):
        work = tmp_path / f"client{number}"
        work.mkdir()
        assert Skopeo(work).copy(f"{address(second)}/{name}", "--all") >= {Content.multi.digest} | digests_of(AMD64)
        Crane(work)("validate", "--remote", f"{address(second)}/{name}")
        assert Crane(work)("digest", f"{address(second)}/{name}").strip() == Content.multi.digest
    assert set(site.fetched().values()) == {1}, site.relay.requests


@pytest.fixture
def protected(tmp_path, start_program, start_relay):
    registry = registries.distribution_with_password(tmp_path / "protected", HTPASSWD)
    Content.push(registry.url, BASIC)
    yield Site(tmp_path, registry, start_program, start_relay)
    registry.stop()


def test_a_registry_with_a_password_is_read_by_clients_that_have_none(protected, tmp_path):
    program = protected.start(remotes=REMOTES + CREDENTIALS)
    crane = Crane(tmp_path)
    assert crane.pull(f"{address(program)}/remote/library/demo:single") == digests_of(Content.single)
    assert protected.relay.credentials == {BASIC}
    assert PASSWORD not in program.log_text()
    protected.relay.stop()
    assert crane.pull(f"{address(program)}/remote/library/demo:single") == digests_of(Content.single)


def test_what_clients_know_of_passwords_does_not_reach_the_registry(site, tmp_path):
    program = site.start()
    crane = Crane(tmp_path)
    auths = {address(program): {"auth": base64.b64encode(b"mine:own").decode()}}
    (tmp_path / "docker-config/config.json").write_text(json.dumps({"auths": auths}))
    assert crane.pull(f"{address(program)}/remote/library/demo:single") == digests_of(Content.single)
    assert site.relay.credentials == set()


def test_a_registry_that_wants_a_password_we_do_not_have_is_a_clear_refusal(protected, tmp_path):
    program = protected.start()
    said = Crane(tmp_path)("manifest", f"{address(program)}/remote/library/demo:single", fails=True)
    assert "DENIED" in said, said
