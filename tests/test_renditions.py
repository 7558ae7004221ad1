"""Documents that clients are given with links through us: for whom they are made, and what their heads say."""

import pytest

from server import remote

INDEX = b"entries:\n  demo:\n  - urls:\n    - charts/demo-1.tgz\n    - https://other.test/demo-1.tgz\n    version: 1\n"


@pytest.fixture
def name(request):
    """A folder of the upstream that no other test uses."""
    return request.node.name.split("[")[0].replace("_", "-")


def charts(upstream, name, **keys):
    return {**remote(f"{upstream.base_url}/{name}", **keys), "package": "helm"}


def publish(upstream, name, content=INDEX, **headers):
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    upstream.replace(f"/{name}/index.yaml", lambda reply: reply.reply(200, content, fields))


def link(answer):
    """What stands before the first chart's path."""
    first = answer.body.decode().split("    - ")[1].splitlines()[0]
    assert first.endswith("/charts/demo-1.tgz"), first
    return first.removesuffix("/charts/demo-1.tgz")


def test_links_lead_to_the_address_that_the_client_used(server, upstream, name):
    publish(upstream, name)
    running = server({"r": charts(upstream, name)})
    for host in ("one.test", "two.test:8080") * 4:
        for target in ("/api/r/index.yaml", "/api/v1/remote/r/index.yaml"):
            got = running.get(target, [("Host", host)])
            assert (got.status, link(got)) == (200, f"http://{host}/api/v1/remote/r")
    assert upstream.count() == 1


def test_each_address_has_an_entity_tag_of_its_own(server, upstream, name):
    publish(upstream, name, ETag='"upstreams"')
    running = server({"r": charts(upstream, name)})
    tags = {host: running.get("/api/r/index.yaml", [("Host", host)]).header("ETag") for host in ("one.test", "two.test")}
    assert len(set(tags.values())) == 2 and '"upstreams"' not in tags.values()
    for host, tag in tags.items():
        other = "two.test" if host == "one.test" else "one.test"
        assert running.get("/api/r/index.yaml", [("Host", host), ("If-None-Match", tag)]).status == 304
        assert running.get("/api/r/index.yaml", [("Host", other), ("If-None-Match", tag)]).status == 200


def test_behind_an_ingress_links_are_those_of_the_ingress(server, upstream, name):
    publish(upstream, name)
    # One loop, so that each request meets what the ones before it left in memory.
    running = server({"r": charts(upstream, name)}, trusted_proxies="private", threads=1)
    plain = [("Host", "inner:8000")]
    for _ in range(4):
        assert link(running.get("/api/r/index.yaml", plain)) == "http://inner:8000/api/v1/remote/r"
        for more, base in (
            ([("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "pkg.test")], "https://pkg.test"),
            ([("X-Forwarded-Proto", "https"), ("X-Forwarded-Prefix", "/team")], "https://inner:8000/team"),
            ([("Forwarded", 'proto=https;host="pkg.test:444"')], "https://pkg.test:444"),
        ):
            assert link(running.get("/api/r/index.yaml", plain + more)) == f"{base}/api/v1/remote/r"


def test_a_peer_that_is_not_trusted_says_nothing(server, upstream, name):
    publish(upstream, name)
    running = server({"r": charts(upstream, name)}, trusted_proxies="none")
    got = running.get("/api/r/index.yaml", [("Host", "h"), ("X-Forwarded-Host", "evil.test"), ("Forwarded", "host=evil.test")])
    assert link(got) == "http://h/api/v1/remote/r"


def test_a_public_url_counts_before_all_else(server, upstream, name):
    publish(upstream, name)
    running = server({"r": charts(upstream, name)}, public_url="https://pkg.test/x")
    for host in ("one.test", "two.test"):
        got = running.get("/api/r/index.yaml", [("Host", host), ("X-Forwarded-Host", "other.test")])
        assert link(got) == "https://pkg.test/x/api/v1/remote/r"


def test_length_ranges_and_head_are_those_of_the_rendition(server, upstream, name):
    publish(upstream, name)
    running = server({"r": charts(upstream, name)})
    head = running.head("/api/r/index.yaml")
    assert head.status == 200 and "ETag" not in head.headers and "Content-Length" not in head.headers
    whole = running.get("/api/r/index.yaml")
    head = running.head("/api/r/index.yaml")
    assert (head.header("Content-Length"), head.header("ETag")) == (str(len(whole.body)), whole.header("ETag"))
    part = running.get("/api/r/index.yaml", [("Range", "bytes=5-9")])
    assert (part.status, part.body) == (206, whole.body[5:10])


@pytest.mark.parametrize("size", [1_000, 200_000, 3_000_000])
def test_documents_of_any_size_are_whole(server, upstream, name, size):
    lines = [b"  - urls: [demo-%07d.tgz]\n" % number for number in range(size // 26)]
    publish(upstream, name, b"entries:\n  demo:\n" + b"".join(lines))
    running = server({"r": charts(upstream, name)}, public_url="https://p.test")
    expected = b"entries:\n  demo:\n" + b"".join(lines).replace(b"[", b"[https://p.test/api/v1/remote/r/")
    for source in ("remote", "cache", "cache"):
        got = running.get("/api/r/index.yaml")
        assert (got.body == expected, got.source) == (True, source)
    assert upstream.count() == 1


def test_a_document_that_is_none_is_an_error_and_a_good_one_is_served_next(server, upstream, name):
    publish(upstream, name, b"entries: {demo: [")
    running = server({"r": charts(upstream, name, mutable_ttl=0)})
    assert running.get("/api/r/index.yaml").status == 502
    publish(upstream, name)
    assert running.get("/api/r/index.yaml").status == 200


def test_a_rendition_is_as_stale_as_its_document(server, upstream, name):
    publish(upstream, name)
    running = server({"r": charts(upstream, name, mutable_ttl=0, check_mutable_updates=True)})
    fresh = running.get("/api/r/index.yaml")
    upstream.close()
    for _ in range(2):
        stale = running.get("/api/r/index.yaml")
        assert (stale.status, stale.body) == (200, fresh.body)
        assert stale.header("Warning") == '110 - "Response is Stale"'


def test_a_file_elsewhere_is_served_only_while_the_index_names_it(server, upstream, name):
    with type(upstream)("127.0.0.2") as elsewhere:
        elsewhere.when("/demo-1.tgz").reply(200, b"chart")
        publish(upstream, name, f"entries: {{demo: [{{urls: ['{elsewhere.base_url}/demo-1.tgz']}}]}}".encode())
        running = server({"r": charts(upstream, name)})
        # Nobody knows yet what the digits stand for.
        path = "/api/v1/remote/r/-/at/0123456789abcdef/demo-1.tgz"
        assert running.get(path).status == 404
        text = running.get("/api/r/index.yaml", [("Host", "h")]).body.decode()
        path = text.split("http://h")[1].split("'")[0].split('"')[0]
        assert path.startswith("/api/v1/remote/r/-/at/") and path.endswith("/demo-1.tgz")
        assert running.head(path).status == 200
        assert [running.get(path).source for _ in range(2)] == ["remote", "cache"]
        assert running.get(path.replace("demo-1", "demo-2")).status == 404
        assert [request.path for request in elsewhere.requests] == ["/demo-1.tgz"] * 2
        assert running.get("/api/v1/remote/r/-/at/nonsense/demo-1.tgz").status == 404


def test_credentials_do_not_go_elsewhere(server, upstream, name):
    with type(upstream)("127.0.0.2") as elsewhere:
        elsewhere.when("/demo-1.tgz").reply(200, b"chart")
        publish(upstream, name, f"entries: {{demo: [{{urls: ['{elsewhere.base_url}/demo-1.tgz']}}]}}".encode())
        secret = {**charts(upstream, name), "username": "u", "password": "canary", "headers": {"X-Key": "canary"}}
        running = server({"r": secret}, secrets=["canary"])
        text = running.get("/api/r/index.yaml", [("Host", "h")]).body.decode()
        path = text.split("http://h")[1].split("'")[0].split('"')[0]
        assert running.get(path).body == b"chart"
        assert upstream.last().header("authorization") is not None
        asked = elsewhere.last()
        assert asked.header("authorization") is None and asked.header("x-key") is None


def test_a_file_elsewhere_can_be_asked_for_as_soon_as_the_index_was_answered(server, upstream, name):
    with type(upstream)("127.0.0.2") as elsewhere:
        elsewhere.when("/demo-1.tgz").reply(200, b"chart")
        running = server({"r": charts(upstream, name, mutable_ttl=0)}, public_url="http://h")
        for number in range(40):
            publish(upstream, name, f"entries: {{d{number}: [{{urls: ['{elsewhere.base_url}/demo-1.tgz?{number}']}}]}}".encode())
            elsewhere.when(f"/demo-1.tgz?{number}").reply(200, b"chart")
            with running.connect() as client:
                text = client.ask("/api/r/index.yaml").read().body.decode()
                path = text.split("http://h")[1].split("'")[0].split('"')[0]
                assert client.ask(path).read().status == 200, number
