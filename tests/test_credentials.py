"""Secrets go to the configured origin and nowhere else; a client's own go nowhere."""

import base64

from body import Body
from server import remote
from proxy import ForwardProxy
from upstream import Upstream
from waiting import wait_until

SECRETS = ["canary-password", "canary-header", "canary-environment", "canary-proxy"]


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def remotes(upstream):
    return {
        "open": remote(upstream.base_url),
        "locked": remote(
            upstream.base_url,
            username="robot",
            password="canary-password",
            headers={"X-Api-Key": "canary-header"},
        ),
        "from-environment": remote(upstream.base_url, username="robot", password="${CANARY}"),
        "colon": remote(upstream.base_url, username="r\u00f6bot", password="p:w:\u00fc"),
    }


ENV = {"CANARY": "canary-environment"}


def test_the_origin_gets_the_credentials_of_its_remote(site, unique):
    site.when(unique()).reply(200, b"x")
    assert site.get("/api/locked" + unique()).status == 200
    asked = site.upstream.last(unique())
    assert asked.header("authorization") == basic("robot", "canary-password")
    assert asked.header("x-api-key") == "canary-header"


def test_a_value_may_come_from_the_environment(site, unique):
    site.when(unique()).reply(200, b"x")
    site.get("/api/from-environment" + unique())
    assert site.upstream.last(unique()).header("authorization") == basic("robot", "canary-environment")


def test_credentials_are_utf_8_and_may_hold_colons(site, unique):
    site.when(unique()).reply(200, b"x")
    site.get("/api/colon" + unique())
    assert site.upstream.last(unique()).header("authorization") == basic("r\u00f6bot", "p:w:\u00fc")


def test_a_remote_without_credentials_sends_none(site, unique):
    site.when(unique()).reply(200, b"x")
    site.get("/api/open" + unique())
    assert site.upstream.last(unique()).header("authorization") is None


def test_what_a_client_sends_of_its_own_goes_nowhere(site, unique):
    site.when(unique()).reply(200, b"x")
    own = {
        "Host": "client.example",
        "Authorization": "Bearer client-secret",
        "Proxy-Authorization": "Basic Y2xpZW50",
        "Cookie": "session=client-secret",
        "Referer": "http://client.example/client-secret",
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Host": "client.example",
        "Forwarded": "for=192.0.2.1",
        "User-Agent": "client-secret/1",
        "From": "client@example",
        "X-Api-Key": "client-secret",
        "Connection": "close, X-Api-Key",
        "Upgrade": "websocket",
        "TE": "trailers",
        "Cache-Control": "no-cache",
        "Pragma": "no-cache",
    }
    for name in ("open", "locked"):
        assert site.get(f"/api/{name}" + unique(), own).status == 200
    for asked in site.upstream.asked(unique()):
        everything = str(asked.headers)
        assert (
            "client-secret" not in everything
            and "client.example" not in everything
            and "192.0.2.1" not in everything
        )
        assert asked.header("host") == site.upstream.authority
        assert asked.header("cache-control") is None and asked.header("upgrade") is None
    assert site.upstream.last(unique()).header("authorization") == basic("robot", "canary-password")


def test_a_client_cannot_force_a_fetch(site, unique):
    site.when(unique()).reply(200, b"x")
    site.get("/api/open" + unique())
    for headers in ({"Cache-Control": "no-cache"}, {"Cache-Control": "max-age=0"}, {"Pragma": "no-cache"}):
        assert site.get("/api/open" + unique(), headers).source == "cache"


def test_head_carries_the_credentials_too(site, unique):
    site.when(unique()).reply(200, b"x")
    site.head("/api/locked" + unique())
    assert site.upstream.last(unique(), "HEAD").header("authorization") == basic("robot", "canary-password")


def test_no_secret_is_ever_shown(site, unique):
    for status in (200, 401, 403, 404, 500):
        path = unique(str(status))
        site.when(path).reply(status, b"", {"WWW-Authenticate": "Basic"})
        got = site.get("/api/locked" + path)
        site.server.check_secrets(str(got.headers) + got.text, f"the answer {status}")
    site.when(unique("cut")).reply(200, Body(1, 1000)).cut_after(10)
    site.server.check_secrets(site.get("/api/locked" + unique("cut")).text, "the answer to a cut")
    for page in ("/", "/health", "/ready", "/config", "/metrics", "/artifacts/locked", "/nothere"):
        got = site.get(page)
        site.server.check_secrets(str(got.headers) + got.text, page)
        assert basic("robot", "canary-password")[6:] not in got.text
    wait_until(lambda: len(site.server.log()) > 5)
    site.server.check_secrets(site.server.output(), "the log")
    assert basic("robot", "canary-password")[6:] not in site.server.output()


def test_the_configuration_shows_that_there_is_a_secret_but_not_which(site):
    locked = site.get("/config").json()["remotes"]["locked"]
    assert locked["password"] == "***"
    assert locked["headers"]["X-Api-Key"] == "***"


def test_no_secret_is_written_to_the_data_directory(site, unique):
    site.when(unique()).reply(200, b"x")
    site.get("/api/locked" + unique())
    for file in site.server.data_dir.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not any(secret.encode() in content for secret in SECRETS), file


def test_a_proxy_gets_its_own_credentials_and_the_origin_does_not(server):
    with Upstream() as upstream, ForwardProxy() as proxy:
        target = f"{upstream.base_url}/f"
        proxy.when(target).reply(200, b"by proxy")
        running = server(
            {"files": remote(upstream.base_url, proxy=f"http://me:canary-proxy@{proxy.authority}")},
            secrets=SECRETS,
        )
        assert running.get("/api/files/f").body == b"by proxy"
        assert proxy.last(target).header("proxy-authorization") == basic("me", "canary-proxy")
        assert proxy.last(target).header("authorization") is None
        running.check_secrets(running.get("/config").text, "/config")
