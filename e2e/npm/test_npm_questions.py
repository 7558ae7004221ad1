"""Questions that only the upstream can answer, as clients put them: audits, signatures, searches, views. The advisories and the keys are
spoken by the tests; what is signed and how it is judged is npm's own."""
import base64
import gzip
import json
import re

import pytest

from npm_clients import CLIENTS
from npm_front import AUDITS, BULK, KEYS, NO_SIGSTORE, QUICK, TITLE, SigningKey, spoken
from npm_site import ask, remote

PROVENANCE = {"predicateType": "https://slsa.dev/provenance/v1"}
# yarn classic asks its own registry, whatever it is told.
AUDIT = {"npm": ("audit", "--json"), "npm10": ("audit", "--json"), "berry": ("npm", "audit", "--recursive", "--json"),
         "pnpm": ("audit", "--json")}


def installed(kind, program, tmp_path, name="home"):
    client = CLIENTS[kind](tmp_path / name, remote(program))
    client.install()
    return client


def sent(body):
    path, headers, content = body
    return json.loads(gzip.decompress(content) if headers.get("Content-Encoding") == "gzip" else content)


@pytest.mark.parametrize("kind", AUDIT)
def test_an_audit_says_what_it_says_directly(kind, published, start_front, start, tmp_path):
    through, direct = start_front(published), start_front(published)
    program = start(through.url)
    ours, theirs = installed(kind, program, tmp_path), CLIENTS[kind](tmp_path / "directly", f"{direct.url}/")
    theirs.install()
    said = ours.run(*AUDIT[kind], fails=True)
    assert TITLE in said and "advisories.example/7" in said, said
    assert said.replace(ours.registry, theirs.registry) == theirs.run(*AUDIT[kind], fails=True)
    assert [(path, sent((path, headers, body))) for path, headers, body in through.bodies] == [
        (path, sent((path, headers, body))) for path, headers, body in direct.bodies]
    (path, headers, body), = through.bodies
    assert path in (BULK, AUDITS, QUICK) and b"left" in json.dumps(sent((path, headers, body))).encode()
    assert through.credentials == set()


def test_yarn_classic_asks_its_own_registry_for_audits(front, start, tmp_path):
    """As the guide says: nothing here leads there."""
    client = installed("yarn", start(front.url), tmp_path)
    assert "https://registry.yarnpkg.com/-/npm/v1/security/audits" in client.run("audit", fails=True) and front.bodies == []


def test_an_audit_is_asked_anew_each_time_and_ends_with_the_upstream(front, start, tmp_path):
    program = start(front.url)
    client = installed("npm", program, tmp_path)
    for _ in range(2):
        client.run("audit", fails=True)
    assert len(front.bodies) == 2
    front.stop()
    said = client.run("audit", fails=True)
    assert TITLE not in said and "audit" in said


def test_a_body_arrives_as_it_was_sent(front, start):
    program = start(front.url)
    for body, headers in ((b'{"left":["1.0.0"]}', {}), (gzip.compress(b'{"left":["1.0.0"]}'), {"Content-Encoding": "gzip"}),
                          (json.dumps({f"package-{i}": ["1.0.0"] for i in range(20_000)}).encode(), {})):
        status, answer, _ = ask(remote(program) + BULK[1:], {"Content-Type": "application/json"} | headers, body)
        path, arrived, content = front.bodies[-1]
        assert status == 200 and (path, content) == (BULK, body) and answer["Content-Type"] == "application/json"
        assert arrived.get("Content-Encoding") == headers.get("Content-Encoding") and arrived["Content-Type"] == "application/json"


def verifies(kind, program, tmp_path, fails):
    client = installed(kind, program, tmp_path)
    environment = client.environment() | {"NODE_OPTIONS": f"--require {NO_SIGSTORE}"}
    client.environment = lambda: environment
    return client.run("audit", "signatures", fails=fails)


@pytest.mark.parametrize("honest", [True, False], ids=["as signed", "signed for something else"])
def test_npm_verifies_the_registrys_signatures(honest, published, start_front, start, tmp_path):
    registry = published.copy(tmp_path / "registry")
    key = SigningKey(tmp_path)
    key.sign(registry)
    if not honest:
        document = json.loads(registry.document("left").read_text())
        signatures = [version["dist"]["signatures"] for version in document["versions"].values()]
        for version, wrong in zip(document["versions"].values(), reversed(signatures)):
            version["dist"]["signatures"] = wrong
        registry.document("left").write_text(json.dumps(document))
    registry.start()
    front = start_front(registry)
    front.answers["GET", KEYS] = spoken(key.keys)
    program = start(front.url)
    try:
        said = verifies("npm", program, tmp_path, fails=not honest)
        assert ("6 packages have verified registry signatures" in said) == honest, said
        assert honest or "left" in said and "invalid" in said, said
        assert front.asked_for(KEYS) == [KEYS]
    finally:
        registry.stop()


@pytest.mark.parametrize("kind", ["npm", "npm10"])
def test_npm_finds_attestations_through_us(kind, published, start_front, start, tmp_path):
    """This one is for another package: npm can say so only after it has read it."""
    registry = published.copy(tmp_path / "registry")
    key = SigningKey(tmp_path)
    key.sign(registry)
    registry.start()
    front = start_front(registry)
    front.answers["GET", KEYS] = spoken(key.keys)
    path = "/-/npm/v1/attestations/@team%2fcore@1.2.0"
    document = json.loads(registry.document("@team/core").read_text())
    document["versions"]["1.2.0"]["dist"]["attestations"] = {"url": front.url + path, "provenance": PROVENANCE}
    registry.document("@team/core").write_text(json.dumps(document))
    statement = {"subject": [{"name": "pkg:npm/another@1.2.0", "digest": {"sha512": "00"}}]}
    envelope = {"payload": base64.b64encode(json.dumps(statement).encode()).decode(), "signatures": [{"keyid": key.keyid, "sig": ""}]}
    bundle = {"dsseEnvelope": envelope, "verificationMaterial": {"tlogEntries": [{"integratedTime": "1700000000"}]}}
    front.answers["GET", path] = spoken({"attestations": [PROVENANCE | {"bundle": bundle}]})
    program = start(front.url)
    try:
        for headers in ({}, {"Accept": "application/vnd.npm.install-v1+json"}):
            told = json.loads(ask(remote(program) + "@team%2fcore", headers)[2])["versions"]["1.2.0"]["dist"]["attestations"]
            assert told["url"].startswith(remote(program)) and told["provenance"] == PROVENANCE
            assert ask(told["url"])[2] == front.answers["GET", path][2]
        served = len(front.asked_for("attestations"))
        said = verifies(kind, program, tmp_path, fails=True)
        assert "@team/core@1.2.0 package name and version" in said and "pkg:npm/another@1.2.0" in said, said
        assert served == len(front.asked_for("attestations")) == 1, front.requests
    finally:
        registry.stop()


@pytest.mark.parametrize("question", [("view", "demo"), ("view", "demo@1.0.0", "--json"), ("view", "@team/core", "versions", "--json"),
                                      ("dist-tag", "ls", "left"), ("search", "demo", "--json"), ("outdated",)], ids=" ".join)
def test_npm_is_answered_as_directly(question, front, published, start, tmp_path):
    program = start(front.url)
    ours, theirs = (CLIENTS["npm"](tmp_path / name, registry, wanted={"left": "1.0.0"})
                    for name, registry in (("ours", remote(program)), ("theirs", f"{published.url}/")))
    said = ours.run(*question, fails=None)
    assert len(said) > 20 and "npm error" not in said
    assert plain(said.replace(remote(program), f"{published.url}/")) == plain(theirs.run(*question, fails=None))


def plain(said):
    """Without what depends on the moment, or on how long the addresses are."""
    return [line for line in said.splitlines() if not re.match(r'published .* ago|\s*"_contentLength"', line)]


def test_npm_ping_is_answered(front, start, tmp_path):
    program = start(front.url)
    assert "PONG" in CLIENTS["npm"](tmp_path / "home", remote(program)).run("ping")
    assert ("GET", "/-/ping", 200) in {(method, path.partition("?")[0], status) for method, path, status in front.requests}


def test_publishing_is_refused_in_words(front, start, tmp_path):
    program = start(front.url)
    client = CLIENTS["npm"](tmp_path / "home", remote(program))
    (client.project / "package.json").write_text('{"name": "mine", "version": "1.0.0"}')
    (client.home / "npmrc").write_text(f"{remote(program).removeprefix('http:')}:_authToken=client-secret\n")
    said = client.run("publish", fails=True)
    assert "405" in said and "mine" in said, said
    assert front.bodies == [] and front.credentials == set()
