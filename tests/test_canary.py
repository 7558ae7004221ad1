"""Every place that can hold a credential holds a canary; it may be seen by whom it is meant for, and nowhere else.

Places: username, password, header values, a proxy's and a base URL's user part, `${NAME}` values, the admin token, the environment
of back ends, and the signature in the query of a redirect (as object stores and registries use it). Looked at: the log at its most
talkative, every page, every answer of every error path, every byte and file name of the data directory, messages about a bad
configuration.
"""

import base64
import signal
import urllib.parse

import pytest

from body import Body
from names import NameServer
from netns import isolated
from proxy import ForwardProxy
from server import config_text, remote, run
from upstream import Upstream
from waiting import wait_until

CANARIES = {
    "username": "canary-user-Qx1",
    "password": "canary-pass-Qx2",
    "header": "canary-head-Qx3",
    "proxy user": "canary-prus-Qx4",
    "proxy password": "canary-prpw-Qx5",
    "base user": "canary-baus-Qx6",
    "base password": "canary-bapw-Qx7",
    "environment": "canary-envi-Qx8",
    "admin": "canary-admi-Qx9",
    "signature": "canary-sign-QxA",
    "redirect password": "canary-repw-QxB",
    "environment proxy": "canary-enpr-QxC",
}
C = CANARIES
SHOWN = {"/config": {"username", "base user"}}  # beside a password a username is a name; alone it may be a token and is hidden
ENV = {"CANARY_VALUE": C["environment"], "ARTIFACTAPI_ADMIN_TOKEN": C["admin"]}
FLAGS = {
    "log_level": "debug",
    "upstream_first_byte_timeout": "1s",
    "upstream_idle_timeout": "1s",
    "upstream_connect_timeout": "1s",
}
LARGE = 300 * 1024


def forms(secret):
    """The secret as it may be written: as it is, percent-encoded, and inside of Basic credentials at any of three offsets."""
    yield secret
    yield urllib.parse.quote(secret, safe="").replace("-", "%2D")
    for shift in range(3):
        text = base64.b64encode(b"." * shift + secret.encode()).decode()
        yield text[(0, 4, 4)[shift] : len(text) // 4 * 4 - 4]  # without what depends on the neighbours


FORMS = [(name, form) for name, secret in CANARIES.items() for form in forms(secret)]


def assert_none_in(text, where, but=()):
    if isinstance(text, str):
        text = text.encode("utf-8", "replace")
    for name, form in FORMS:
        if name in but:
            continue
        at = text.find(form.encode())
        assert at < 0, f"the {name} canary is in {where}: {text[max(0, at - 200) : at + 60]!r}"


def assert_clean(response, where):
    assert_none_in(f"{response.reason} {response.headers}", f"the head of {where}")
    assert_none_in(response.body, f"the body of {where}", SHOWN.get(where, ()))
    return response


def locked(base_url, **more):
    return remote(
        base_url,
        username=C["username"],
        password=C["password"],
        headers={"X-Api-Key": C["header"], "X-Env": "a ${CANARY_VALUE} b"},
        **more,
    )


def with_user(url):
    return url.replace("://", f"://{C['base user']}:{C['base password']}@")


class Scene:
    """One server with every kind of remote, its origin, another host and a proxy."""

    def __init__(self, server, origin, other, proxy):
        self.origin, self.other, self.proxy = origin, other, proxy
        by_proxy = f"http://{C['proxy user']}:{C['proxy password']}@{proxy.authority}"
        dead_proxy = f"http://{C['proxy user']}:{C['proxy password']}@127.0.0.1:1"
        self.remotes = {
            "locked": locked(origin.base_url),
            "changing": locked(
                origin.base_url, mutable_patterns=[".*"], mutable_ttl=0, check_mutable_updates=True
            ),
            "userinfo": remote(with_user(origin.base_url)),
            "proxied": locked(origin.base_url, proxy=by_proxy),
            "dead-proxy": locked(origin.base_url, proxy=dead_proxy),
            "dead": locked("http://127.0.0.1:1"),
            "dead-userinfo": remote(with_user("http://127.0.0.1:1")),
            "no-name": locked("http://no-such-name.invalid"),
            "no-tls": locked(origin.base_url.replace("http:", "https:")),
        }
        self.server = server(self.remotes, env=ENV, secrets=list(CANARIES.values()), **FLAGS)

    def ask(self, path, headers=None, **more):
        """The answer, looked at."""
        return assert_clean(self.server.get(path, headers, **more), path)

    def pages(self):
        for page in ("/", "/health", "/ready", "/config", "/metrics", "/nothere", "/v2/", "/artifacts/locked", "/artifacts/none"):
            self.ask(page)
        for name in self.remotes:
            self.ask(f"/artifacts/{name}")

    def disk(self):
        for file in self.server.data_dir.rglob("*"):
            assert_none_in(str(file.relative_to(self.server.data_dir)), "a file name")
            if file.is_file():
                assert_none_in(file.read_bytes(), file.name)

    def log(self):
        assert_none_in(self.server.output(), "the log")


@pytest.fixture
def scene(server, upstream):
    with Upstream("127.0.0.2") as other, ForwardProxy() as proxy:
        made = Scene(server, upstream, other, proxy)
        yield made
        made.pages()
        made.disk()
        made.log()


def test_the_canaries_reach_whom_they_are_for(scene):
    """Else the other tests would prove nothing."""
    scene.origin.when("/f").reply(200, b"x")
    assert scene.ask("/api/locked/f").status == 200
    asked = scene.origin.last("/f")
    basic = base64.b64decode(asked.header("authorization").split()[1]).decode()
    assert basic == f"{C['username']}:{C['password']}"
    assert asked.header("x-api-key") == C["header"]
    assert asked.header("x-env") == f"a {C['environment']} b"
    scene.proxy.when(f"{scene.origin.base_url}/f").reply(200, b"x")
    assert scene.ask("/api/proxied/f").status == 200
    proxied = scene.proxy.last().header("proxy-authorization")
    assert base64.b64decode(proxied.split()[1]).decode() == f"{C['proxy user']}:{C['proxy password']}"


def test_no_canary_shows_when_all_goes_well(scene):
    scene.origin.when("/small").reply(200, b"x" * 1000).etag('"1"')
    scene.origin.when("/large").reply(200, Body(1, LARGE)).last_modified()
    scene.proxy.when(f"{scene.origin.base_url}/small").reply(200, b"x")
    for name in ("locked", "changing", "userinfo"):
        for path in ("/small", "/large", "/small"):
            assert scene.ask(f"/api/{name}{path}").status == 200
            assert scene.ask(f"/api/{name}{path}", method="HEAD").status == 200
            scene.ask(f"/api/{name}{path}", {"Range": "bytes=1-5"})
    scene.ask("/api/proxied/small")


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 403, 404, 407, 410, 418, 429, 500, 502, 503, 504])
def test_no_canary_shows_with_any_status(scene, status):
    challenge = {"WWW-Authenticate": 'Basic realm="x"', "Proxy-Authenticate": "Basic", "Retry-After": "1"}
    scene.origin.when("/f").reply(status, b"", challenge)
    for name in ("locked", "changing", "userinfo"):
        scene.ask(f"/api/{name}/f")
        scene.ask(f"/api/{name}/f", method="HEAD")


FAULTS = {
    "cut": lambda reply: reply.cut_after(100_000),
    "reset": lambda reply: reply.cut_after(100_000, rst=True),
    "no last chunk": lambda reply: reply.missing_last_chunk(),
    "bad chunk": lambda reply: reply.bad_chunk(),
    "dropped": lambda reply: reply.drop_connection(),
    "garbage": lambda reply: reply.garbage(),
    "never answers": lambda reply: reply.never_answer(),
    "stalls": lambda reply: reply.stall_after(100_000),
    "no length": lambda reply: reply.until_close(),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_canary_shows_when_the_origin_fails(scene, fault):
    FAULTS[fault](scene.origin.when("/f").reply(200, Body(2, LARGE)))
    for name in ("locked", "userinfo"):
        scene.ask(f"/api/{name}/f")


@pytest.mark.parametrize("name", ["dead", "dead-userinfo", "dead-proxy", "no-name", "no-tls"])
def test_no_canary_shows_when_nobody_is_there(scene, name):
    for _ in range(7):  # until the breaker is open
        assert scene.ask(f"/api/{name}/f").status in (502, 504)


@pytest.mark.parametrize("status", [407, 502])
def test_no_canary_shows_when_the_proxy_refuses(scene, status):
    scene.proxy.when(f"{scene.origin.base_url}/f").reply(status, b"no", {"Proxy-Authenticate": "Basic"})
    assert scene.ask("/api/proxied/f").status >= 400


def signed(url):
    return f"{url}?X-Amz-Signature={C['signature']}&X-Amz-Expires=60"


REDIRECTS = {
    "to another host": lambda scene: signed(scene.other.base_url + "/blob"),
    "to nothing there": lambda scene: signed(scene.other.base_url + "/nothing"),
    "to a dead port": lambda scene: signed("http://127.0.0.2:1/blob"),
    "to no name": lambda scene: signed("http://no-such-name.invalid/blob"),
    "to no TLS": lambda scene: signed(scene.other.base_url.replace("http:", "https:") + "/blob"),
    "with a user": lambda scene: signed(scene.other.base_url + "/blob").replace("://", f"://u:{C['redirect password']}@"),
    "to a bad port": lambda scene: signed(f"http://u:{C['redirect password']}@127.0.0.2:99999/blob"),
    "to no URL": lambda scene: signed(f"http://[::{C['signature']}/blob"),
    "to another scheme": lambda scene: signed(f"ftp://u:{C['redirect password']}@127.0.0.2/blob"),
    "to itself": lambda scene: signed("/f"),
    "to a cut": lambda scene: signed(scene.other.base_url + "/cut"),
}


@pytest.mark.parametrize("kind", REDIRECTS)
def test_no_signature_of_a_redirect_shows(scene, kind):
    scene.origin.when("/f").redirect(REDIRECTS[kind](scene), 307)
    scene.other.when("/blob").reply(200, Body(3, LARGE)).etag('"b"')
    scene.other.when("/cut").reply(200, Body(3, LARGE)).cut_after(100_000)
    for name in ("locked", "changing", "userinfo"):
        for _ in range(2):
            scene.ask(f"/api/{name}/f")
        scene.ask(f"/api/{name}/f", method="HEAD")
    for asked in scene.other.asked():
        assert asked.header("authorization") is None and asked.header("x-api-key") is None


@isolated(addresses=("203.0.113.7/32", "11.0.0.1/32"), resolv_conf="nameserver 127.0.0.1\n")
def test_no_signature_of_a_refused_redirect_to_a_private_address_shows(server):
    with NameServer(table={"public.example": "11.0.0.1"}), Upstream("11.0.0.1") as public:
        public.when("/f").redirect(signed("http://127.0.0.1:1/blob"))
        running = server({"files": locked(public.base_url)}, env=ENV, secrets=list(CANARIES.values()), **FLAGS)
        assert assert_clean(running.get("/api/files/f"), "/f").status == 502
        assert_none_in(running.output(), "the log")


def test_the_admin_token_shows_nowhere(scene):
    right, wrong = {"Authorization": f"Bearer {C['admin']}"}, {"Authorization": f"Bearer {C['admin']}x"}
    scene.origin.when("/f").reply(200, b"x")
    for headers in (right, wrong, {"Authorization": C["admin"]}):
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"):
            for path in ("/api/locked/f", "/artifacts/locked", "/cache-artifact", "/config", "/v2/x/blobs/uploads/"):
                scene.ask(path, headers, method=method)


def test_no_canary_shows_while_many_are_warmed_up(scene):
    scene.origin.when("/good").reply(200, b"x")
    scene.origin.when("/cut").reply(200, Body(4, LARGE)).cut_after(1000)
    scene.origin.when("/away").redirect(signed("http://127.0.0.2:1/blob"))
    order = b'{"remote":"%s","paths":["good","cut","away","none"]}'
    for name in (b"locked", b"userinfo", b"dead", b"dead-proxy", b"no-tls"):
        with scene.server.connect() as connection:
            body = order % name
            connection.send(
                b"POST /cache-artifact HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )
            assert_clean(connection.read("POST"), "a warm-up")


BROKEN = [
    ("password", ["list-" + C["password"]]),
    ("password", C["password"] + "\nx"),
    ("username", C["username"] + ":x"),
    ("headers", {"X-A": [C["header"]]}),
    ("headers", {"X-A": C["header"] + "\r\nX: y"}),
    ("headers", C["header"]),
    ("proxy", f"ftp://{C['proxy user']}:{C['proxy password']}@127.0.0.1:1"),
    ("proxy", f"http://{C['proxy user']}:{C['proxy password']}@127.0.0.1:99999"),
    ("proxy", f"http://{C['proxy user']}:{C['proxy password']}@"),
    ("base_url", f"http://{C['base user']}:{C['base password']}@127.0.0.1:99999/"),
    ("base_url", f"ftp://{C['base user']}:{C['base password']}@127.0.0.1/"),
    ("base_url", f"http://{C['base user']}:{C['base password']}@"),
    ("base_url", "ftp://${CANARY_VALUE}@x"),
    ("package", "${CANARY_VALUE}"),
    ("mutable_patterns", ["(${CANARY_VALUE}"]),
    ("cache", {"mutable_ttl": "${CANARY_VALUE}"}),
]


@pytest.mark.parametrize("key, value", BROKEN)
def test_a_bad_configuration_is_told_without_its_secrets(tmp_path, key, value):
    entry = {**locked("http://127.0.0.1:1"), key: value}
    file = tmp_path / "remotes.yaml"
    file.write_text(config_text({"files": entry}))
    told = run(["check-config", "--config", str(file)], env=ENV)
    assert told.returncode != 0, told
    assert_none_in(told.stdout + told.stderr, "check-config")
    started = run(
        ["serve", "--config", str(file), "--data-dir", str(tmp_path / "data"), "--listen", "127.0.0.1:0"], env=ENV
    )
    assert started.returncode != 0
    assert_none_in(started.stdout + started.stderr, "the start")


def test_a_bad_reload_is_told_without_its_secrets(scene):
    good = scene.server.config.read_text()
    for key, value in BROKEN[:3] + BROKEN[6:10]:
        scene.server.config.write_text(config_text({**scene.remotes, "locked": {**scene.remotes["locked"], key: value}}))
        scene.server.signal(signal.SIGHUP)
        wait_until(lambda: scene.ask("/health").json()["checks"]["config"]["status"] == "degraded", 5, "the refusal")
        scene.pages()
        scene.server.config.write_text(good)
        scene.server.signal(signal.SIGHUP)
        wait_until(lambda: scene.ask("/health").json()["checks"]["config"]["status"] == "healthy", 5, "the good one")


@pytest.mark.parametrize(
    "env",
    [
        {"HTTP_PROXY": f"ftp://u:{C['environment proxy']}@127.0.0.1:1"},
        {"HTTPS_PROXY": f"http://u:{C['environment proxy']}@127.0.0.1:99999"},
        {"REDIS_URL": f"redis://u:{C['environment']}@127.0.0.1:99999"},
        {"REDIS_URL": f"rediss://u:{C['environment']}@127.0.0.1:1"},
        {"MINIO_ENDPOINT": "127.0.0.1:1", "MINIO_SECRET_KEY": C["environment"]},
        {"DBHOST": "127.0.0.1", "DBPASS": C["environment"]},
        {"ARTIFACTAPI_ADMIN_TOKEN": C["admin"] + " with spaces"},
    ],
    ids=lambda env: next(reversed(env)),
)
def test_a_bad_environment_is_told_without_its_secrets(tmp_path, env):
    file = tmp_path / "remotes.yaml"
    file.write_text(config_text({"files": remote("http://127.0.0.1:1")}))
    started = run(
        ["serve", "--config", str(file), "--data-dir", str(tmp_path / "data"), "--listen", "127.0.0.1:0"], env=env
    )
    assert started.returncode != 0, started
    assert_none_in(started.stdout + started.stderr, "the start")


def test_a_proxy_of_the_environment_does_not_show(server, upstream):
    with ForwardProxy() as proxy:
        proxy.when(f"{upstream.base_url}/f").reply(200, b"x")
        env = {"HTTP_PROXY": f"http://u:{C['environment proxy']}@{proxy.authority}"}
        running = server({"files": remote(upstream.base_url)}, env=env, secrets=list(CANARIES.values()), **FLAGS)
        assert assert_clean(running.get("/api/files/f"), "/f").status == 200
        assert proxy.last().header("proxy-authorization"), "the proxy was used"
        proxy.stop()
        assert assert_clean(running.get("/api/files/g"), "/g").status == 502
        for page in ("/", "/health", "/config", "/metrics"):
            assert_clean(running.get(page), page)
        assert_none_in(running.output(), "the log")
