"""Origins that want tokens get them, and nobody else does; a token service that fails stops nothing that is
cached.
"""

import base64

import pytest

import netns
from token_registry import Registry, TokenService
from server import remote
from upstream import Upstream
from waiting import wait_until

ELSEWHERE = "127.0.0.2"
PASSWORD = "canary-password"
SECRETS = [PASSWORD, "canary-token"]


def basic(user="robot", password=PASSWORD):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def hub(registry, **keys):
    return remote(registry.base_url, **{"package": "docker", **keys})


def at(path, name="hub"):
    return f"/v2/{name}/{path}"


@pytest.fixture
def tokens():
    with TokenService() as one:
        yield one


@pytest.fixture
def registry(tokens):
    with Registry(tokens) as one:
        yield one


@pytest.fixture
def start(server):
    def start(remotes, **flags):
        return server(remotes, secrets=SECRETS, **flags)

    return start


def expect(running, path, body):
    got = running.get(path)
    assert (got.status, got.body, got.complete) == (200, body, True)


def test_an_anonymous_token_is_got_for_the_scope_and_kept(start, registry, tokens):
    running = start({"hub": hub(registry)})
    first, second = registry.blob("library/app", b"one"), registry.blob("library/app", b"two")
    expect(running, at(first), b"one")
    expect(running, at(second), b"two")
    assert running.head(at(registry.blob("library/app", b"three"))).status == 200
    (asked,) = tokens.asked()
    assert asked.method == "GET" and asked.header("authorization") is None
    assert asked.target == "/token?service=registry.test&scope=repository%3Alibrary%2Fapp%3Apull"
    assert registry.asked(method="GET")[0].header("authorization") is None
    assert registry.last(method="GET").header("authorization") == "Bearer canary-token-1"


def test_a_token_for_another_repository_is_asked_for_beforehand(start, registry, tokens):
    running = start({"hub": hub(registry)})
    expect(running, at(registry.blob("library/one", b"1")), b"1")
    expect(running, at(registry.blob("library/two", b"2")), b"2")
    assert tokens.scopes() == ["repository:library/one:pull", "repository:library/two:pull"]
    assert registry.refused == 1


def test_an_origin_without_challenge_is_asked_without_credentials(start, upstream, tokens):
    running = start({"hub": hub(upstream, username="robot", password=PASSWORD)})
    path = Registry.blob(upstream, "app", b"open")
    expect(running, at(path), b"open")
    assert upstream.last().header("authorization") is None


def test_credentials_go_to_the_token_service_and_not_to_the_registry(start, registry, tokens):
    tokens.users = {"robot": PASSWORD}
    running = start({"hub": hub(registry, username="robot", password=PASSWORD)})
    expect(running, at(registry.blob("app", b"x")), b"x")
    assert tokens.last().header("authorization") == basic()
    assert basic() not in [r.header("authorization") for r in registry.asked()]


@pytest.mark.parametrize("trusted", [None, "host", "host:port", "another port"])
def test_a_token_service_on_another_host_sees_credentials_only_when_named(start, trusted):
    with TokenService(ELSEWHERE, users={"robot": PASSWORD}) as tokens, Registry(tokens) as registry:
        hosts = {
            "host": [ELSEWHERE],
            "host:port": [tokens.authority],
            "another port": [f"{ELSEWHERE}:1"],
        }
        more = {"token_hosts": hosts[trusted]} if trusted else {}
        own = {"username": "robot", "password": PASSWORD, "headers": {"X-Api-Key": "canary-token"}}
        running = start({"hub": hub(registry, **own, **more)})
        expect(running, at(registry.blob("app", b"x")), b"x")
        assert registry.last().header("x-api-key") == "canary-token"
        assert tokens.last().header("x-api-key") is None
        shown = basic() if trusted in ("host", "host:port") else None
        assert [r.header("authorization") for r in tokens.asked()] == [shown]


def test_anonymous_and_credentialed_tokens_are_kept_apart(start, registry, tokens):
    tokens.users = {"robot": PASSWORD}
    remotes = {"anyone": hub(registry), "robots": hub(registry, username="robot", password=PASSWORD)}
    running = start(remotes)
    path = registry.blob("app", b"x")
    expect(running, at(path, "anyone"), b"x")
    expect(running, at(path, "robots"), b"x")
    assert [r.header("authorization") for r in tokens.asked()] == [None, basic()]
    shown = {r.header("authorization") for r in registry.asked()}
    assert shown == {None, "Bearer canary-token-1", "Bearer canary-token-2"}


def test_fifty_clients_of_one_repository_cause_one_token(start, registry, tokens):
    running = start({"hub": hub(registry)})
    bodies = [b"layer %d" % i for i in range(50)]
    paths = [at(registry.blob("app", body)) for body in bodies]
    held = tokens.when("/token").reply(200, b'{"token":"canary-token-all"}').stall_before_head()
    tokens.good["canary-token-all"] = "repository:app:pull"
    herd = running.herd(50, paths=paths)
    wait_until(lambda: held.stalled and running.metric("artifactapi_fills_in_progress") == 50)
    held.release()
    assert [got.status for got in herd.join()] == [200] * 50
    assert tokens.count() == 1


def test_a_token_revoked_in_mid_pull_is_replaced(start, registry, tokens):
    running = start({"hub": hub(registry)})
    expect(running, at(registry.blob("app", b"one")), b"one")
    tokens.revoke_all()
    expect(running, at(registry.blob("app", b"two")), b"two")
    expect(running, at(registry.blob("app", b"three")), b"three")
    assert tokens.count() == 2


def test_a_token_that_is_about_to_expire_is_not_used_again(start, registry, tokens):
    tokens.expires_in = 1
    running = start({"hub": hub(registry)})
    expect(running, at(registry.blob("app", b"one")), b"one")
    expect(running, at(registry.blob("app", b"two")), b"two")
    assert tokens.count() == 2


def test_a_registry_that_accepts_no_token_is_asked_twice(start, registry, tokens):
    running = start({"hub": hub(registry)})
    tokens.when("/token").reply(200, b'{"token":"canary-token-bad"}')
    got = running.get(at(registry.blob("app", b"x")))
    assert got.status == 403 and "www-authenticate" not in got.headers
    assert (registry.refused, tokens.count()) == (2, 1)


def test_the_token_does_not_follow_a_redirect_to_another_host(start, registry, tokens):
    with Upstream(ELSEWHERE) as cdn:
        running = start({"hub": hub(registry)})
        path = registry.blob("app", b"layer")
        registry.when(f"/v2/{path}").redirect(f"{cdn.base_url}/data?signature=1", 307)
        cdn.when("/data").reply(200, b"layer")
        expect(running, at(path), b"layer")
        assert cdn.last().header("authorization") is None
        assert registry.last().header("authorization") == "Bearer canary-token-1"


def test_a_challenge_from_where_a_redirect_led_is_not_answered(start, registry, tokens):
    with Upstream(ELSEWHERE) as cdn, TokenService("127.0.0.3") as other:
        running = start({"hub": hub(registry, username="robot", password=PASSWORD)})
        tokens.users = {"robot": PASSWORD}
        path = registry.blob("app", b"layer")
        registry.when(f"/v2/{path}").redirect(f"{cdn.base_url}/data")
        for scheme in ("Basic", f'Bearer realm="{other.realm}"'):
            cdn.when("/data").reply(401, b"", {"WWW-Authenticate": scheme})
            assert running.get(at(path)).status == 403
        assert other.count() == 0
        assert {r.header("authorization") for r in cdn.asked()} == {None}


def test_a_redirected_token_request_shows_its_credentials_once(start, registry, tokens):
    with Upstream(ELSEWHERE) as other:
        running = start({"hub": hub(registry, username="robot", password=PASSWORD)})
        tokens.when("/token").redirect(f"{other.base_url}/token")
        tokens.good["canary-token-other"] = "repository:app:pull"
        other.when("/token").reply(200, b'{"token":"canary-token-other"}')
        expect(running, at(registry.blob("app", b"x")), b"x")
        assert tokens.last().header("authorization") == basic()
        assert other.last().header("authorization") is None


def test_basic_is_answered_and_then_sent_at_once(start, upstream):
    running = start({"hub": hub(upstream, username="robot", password=PASSWORD), "anyone": hub(upstream)})
    one, two = Registry.blob(upstream, "app", b"one"), Registry.blob(upstream, "app", b"two")
    refused = upstream.when(f"/v2/{one}").reply(401).header("WWW-Authenticate", "Basic")
    refused.then().reply(200, b"one")
    expect(running, at(one), b"one")
    expect(running, at(two), b"two")
    assert [r.header("authorization") for r in upstream.asked()] == [None, basic(), basic()]
    third = Registry.blob(upstream, "app", b"three")
    upstream.when(f"/v2/{third}").reply(401).header("WWW-Authenticate", "Basic")
    assert running.get(at(third, "anyone")).status == 403
    assert upstream.count(f"/v2/{third}") == 1


def test_a_token_service_that_is_away_stops_nothing_that_is_cached(start, registry, tokens):
    running = start({"hub": hub(registry, mutable_ttl=0)})
    blob, tag = registry.blob("app", b"layer"), registry.manifest("app", "latest")
    expect(running, at(blob), b"layer")
    assert running.get(at(tag)).status == 200
    tokens.revoke_all()
    tokens.stop()
    expect(running, at(blob), b"layer")
    stale = running.get(at(tag))
    assert stale.status == 200 and stale.headers["warning"].startswith("110")
    for i in range(10):
        got = running.get(at(registry.blob("app", b"new %d" % i)))
        assert got.status == 502 and "canary" not in got.text
    assert running.metric("artifactapi_upstream_breaker_open") == 0
    tokens.start()
    path = registry.blob("app", b"new")
    wait_until(lambda: running.get(at(path)).status == 200)


@pytest.mark.parametrize(
    "script, status",
    [
        (lambda reply: reply.reply(500), 502),
        (lambda reply: reply.reply(404), 502),
        (lambda reply: reply.reply(200, b"<html>sorry</html>"), 502),
        (lambda reply: reply.reply(200, b'{"expires_in":300}'), 502),
        (lambda reply: reply.reply(200, b'{"token":"a\\r\\nX-Evil: 1"}'), 502),
        (lambda reply: reply.reply(200, b'{"token":"' + b"a" * 16385 + b'"}'), 502),
        (lambda reply: reply.reply(200, b" " * (1 << 20)), 502),
        (lambda reply: reply.drop_connection(), 502),
        (lambda reply: reply.reply(200, b'{"token":"canary-token"}').cut_after(5), 502),
        (lambda reply: reply.never_answer(), 504),
        (lambda reply: reply.reply(200, b'{"token":"canary-token"}').stall_after(5), 504),
        (lambda reply: reply.reply(401, b"canary-token"), 403),
        (lambda reply: reply.reply(403, b"canary-token"), 403),
    ],
)
def test_what_a_token_service_may_do_wrong(start, registry, tokens, script, status):
    flags = {"upstream_first_byte_timeout": "1s", "upstream_idle_timeout": "1s"}
    running = start({"hub": hub(registry)}, **flags)
    tokens.replace("/token", script)
    got = running.get(at(registry.blob("app", b"x")))
    assert got.status == status
    assert "canary" not in got.text and "www-authenticate" not in got.headers
    tokens.replace("/token", lambda reply: reply.reply(200, b'{"token":"canary-token-good"}'))
    tokens.good["canary-token-good"] = "repository:app:pull"
    expect(running, at(registry.blob("app", b"y")), b"y")


def test_a_token_service_that_wants_a_pause_is_passed_on(start, registry, tokens):
    running = start({"hub": hub(registry)})
    tokens.when("/token").reply(429, b"", {"Retry-After": "17", "RateLimit-Remaining": "0;w=60"})
    got = running.get(at(registry.blob("app", b"x")))
    assert (got.status, got.headers["retry-after"], got.headers["ratelimit-remaining"]) == (429, "17", "0;w=60")


def test_the_quota_is_shown_and_its_end_passed_on(start, upstream):
    running = start({"hub": hub(upstream)})
    assert "artifactapi_upstream_quota_remaining" not in running.metrics()
    path = Registry.blob(upstream, "app", b"x")
    upstream.routes[(None, f"/v2/{path}")].replies[0].header("ratelimit-remaining", "76;w=21600")
    expect(running, at(path), b"x")
    assert running.metrics()["artifactapi_upstream_quota_remaining"] == [({"remote": "hub"}, 76)]
    more = Registry.blob(upstream, "app", b"y")
    told = {
        "Retry-After": "60",
        "ratelimit-limit": "100;w=21600",
        "ratelimit-remaining": "0;w=21600",
        "docker-ratelimit-source": "192.0.2.1",
        "x-secret": "canary-token",
    }
    upstream.when(f"/v2/{more}").reply(429, b"", told)
    got = running.get(at(more))
    assert got.status == 429 and "x-secret" not in got.headers
    assert {name: got.headers[name] for name in list(told)[:4]} == dict(list(told.items())[:4])
    assert running.metric("artifactapi_upstream_quota_remaining") == 0
    expect(running, at(path), b"x")


def test_a_token_service_without_tls_is_refused_for_a_registry_with_tls(start):
    with TokenService() as tokens, Registry(tokens, tls=True) as registry:
        running = start({"hub": hub(registry, tls={"ca_file": registry.tls.cert})})
        assert running.get(at(registry.blob("app", b"x"))).status == 502
        assert tokens.count() == 0


def test_a_token_service_with_tls_is_believed_by_the_remotes_own_authority(start):
    with TokenService(tls=True) as tokens, Registry(tokens) as registry:
        running = start(
            {"hub": hub(registry, tls={"ca_file": tokens.tls.cert}), "other": hub(registry)}
        )
        expect(running, at(registry.blob("app", b"x")), b"x")
        assert running.get(at(registry.blob("app", b"y"), "other")).status == 502


PUBLIC = "93.184.216.34"


@netns.isolated(addresses=[f"{PUBLIC}/32", "10.0.0.5/32"])
def test_a_public_registry_cannot_name_a_private_token_service(start):
    with TokenService(PUBLIC) as tokens, Registry(tokens, PUBLIC) as registry:
        running = start({"hub": hub(registry, username="robot", password=PASSWORD)})
        tokens.users = {"robot": PASSWORD}
        expect(running, at(registry.blob("app", b"x")), b"x")
        for address in ("10.0.0.5", "127.0.0.1"):
            with TokenService(address) as inner:
                registry.realm = inner.realm
                tokens.revoke_all()
                assert running.get(at(registry.blob("app", address.encode()))).status == 502
                assert inner.connections == 0


def test_no_token_and_no_credential_is_ever_shown(start, registry, tokens):
    tokens.users = {"robot": PASSWORD}
    running = start({"hub": hub(registry, username="robot", password=PASSWORD)}, log_level="debug")
    expect(running, at(registry.blob("app", b"x")), b"x")
    tokens.users = {"robot": "another"}
    tokens.revoke_all()
    assert running.get(at(registry.blob("app", b"y"))).status == 403
    for page in ("/", "/health", "/ready", "/config", "/metrics", "/artifacts/hub"):
        got = running.get(page)
        running.check_secrets(str(got.headers) + got.text, page)
