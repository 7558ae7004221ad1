"""Redirects are walked by the server, with suspicion."""

import pytest

import netns
from names import NameServer
from server import remote
from certificate import Certificate
from upstream import Upstream

ELSEWHERE = "127.0.0.2"


def remotes(upstream):
    return {"files": remote(upstream.base_url)}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_stored_under_the_path_asked_for(site, unique, status):
    site.when(unique()).redirect(unique("target"), status)
    site.when(unique("target")).reply(200, b"moved here")
    url = "/api/files" + unique()
    assert (site.get(url).body, site.get(url).source) == (b"moved here", "cache")
    assert site.upstream.gets(unique()) == site.upstream.gets(unique("target")) == 1


@pytest.mark.parametrize(
    "location",
    [
        "target",
        "./target",
        "../{dir}/target",
        "//{authority}{path}",
        "{base}{path}",
        "{path}#fragment",
        "{path}?a=b%20c",
    ],
)
def test_every_form_of_location_is_resolved(site, unique, location):
    path = unique("target")
    full = location.format(
        dir=path.split("/")[1], authority=site.upstream.authority, base=site.upstream.base_url, path=path
    )
    site.when(unique()).redirect(full)
    site.when(path).reply(200, b"here")
    assert site.get("/api/files" + unique()).body == b"here"
    assert "#" not in site.upstream.last(path).target


def chain(site, unique, length):
    for i in range(length):
        site.when(unique(f"hop{i}")).redirect(unique(f"hop{i + 1}"))
    site.when(unique(f"hop{length}")).reply(200, b"the end")
    return site.get("/api/files" + unique("hop0"))


def test_ten_redirects_are_followed(site, unique):
    assert chain(site, unique, 10).body == b"the end"


def test_the_eleventh_is_refused(site, unique):
    assert chain(site, unique, 11).status == 502
    assert site.upstream.count(unique("hop11")) == 0


def test_a_loop_ends(site, unique):
    site.when(unique("a")).redirect(unique("b"))
    site.when(unique("b")).redirect(unique("a"))
    site.when(unique("self")).redirect(unique("self"))
    assert site.get("/api/files" + unique("a")).status == 502
    assert site.get("/api/files" + unique("self")).status == 502
    assert site.upstream.count(unique("self")) <= 11


@pytest.mark.parametrize(
    "location",
    [
        "",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999/x",
        "http://a b/x",
    ],
)
def test_a_location_that_leads_nowhere_is_502(site, unique, location):
    site.when(unique()).redirect(location)
    got = site.get("/api/files" + unique())
    assert (got.status, got.complete) == (502, True)


def test_a_redirect_without_location_is_502(site, unique):
    site.when(unique()).reply(302, b"go")
    assert site.get("/api/files" + unique()).status == 502


def test_head_follows_redirects_as_head(site, unique):
    site.when(unique()).redirect(unique("target"))
    site.when(unique("target")).reply(200, b"12345")
    got = site.head("/api/files" + unique())
    assert (got.status, got.header("Content-Length")) == (200, "5")
    assert site.upstream.gets() == 0 or site.upstream.gets(unique("target")) == 0


def test_another_host_gets_no_credentials(server):
    with Upstream() as home, Upstream(ELSEWHERE) as cdn:
        running = server(
            {
                "files": remote(
                    home.base_url, username="user", password="canary-1", headers={"X-Api-Key": "canary-2"}
                )
            },
            secrets=["canary-1", "canary-2"],
        )
        home.when("/f").redirect(cdn.base_url + "/blob?sig=1")
        cdn.when("/blob?sig=1").reply(200, b"from the cdn")
        assert running.get("/api/files/f").body == b"from the cdn"
        assert home.last("/f").header("authorization").startswith("Basic ")
        asked = cdn.last("/blob")
        assert asked.header("authorization") is None and asked.header("x-api-key") is None
        assert asked.header("cookie") is None and asked.header("referer") is None
        assert asked.header("host") == cdn.authority


def test_another_port_is_another_host_for_credentials(server):
    with Upstream() as home, Upstream() as neighbour:
        running = server({"files": remote(home.base_url, username="user", password="canary-1")})
        home.when("/f").redirect(neighbour.base_url + "/f")
        neighbour.when("/f").reply(200, b"next door")
        assert running.get("/api/files/f").status == 200
        assert neighbour.last("/f").header("authorization") is None


def test_credentials_are_sent_again_on_the_way_within_the_host_only(server):
    with Upstream() as home, Upstream(ELSEWHERE) as cdn:
        running = server({"files": remote(home.base_url, username="user", password="canary-1")})
        home.when("/a").redirect("/b")
        home.when("/b").redirect(cdn.base_url + "/c")
        cdn.when("/c").reply(200, b"x")
        assert running.get("/api/files/a").status == 200
        assert home.last("/b").header("authorization").startswith("Basic ")
        assert cdn.last("/c").header("authorization") is None


def test_credentials_inside_a_location_are_not_used(server):
    with Upstream() as home, Upstream(ELSEWHERE) as cdn:
        running = server(remotes(home))
        home.when("/f").redirect(f"http://user:pass@{cdn.authority}/c")
        cdn.when("/c").reply(200, b"x")
        assert running.get("/api/files/f").status in (200, 502)
        assert all(r.header("authorization") is None for r in cdn.requests)


def test_https_to_http_is_refused(server):
    with Upstream(tls=True) as secure, Upstream() as plain:
        running = server({"files": remote(secure.base_url, tls={"ca_file": secure.tls.cert})})
        secure.when("/f").redirect(plain.base_url + "/f")
        plain.when("/f").reply(200, b"in the clear")
        assert running.get("/api/files/f").status == 502
        assert plain.count() == 0


def test_http_to_https_is_followed(server):
    with Upstream(tls=True) as secure, Upstream() as plain:
        running = server({"files": remote(plain.base_url, tls={"ca_file": secure.tls.cert})})
        plain.when("/f").redirect(secure.base_url + "/f")
        secure.when("/f").reply(200, b"safe")
        assert running.get("/api/files/f").body == b"safe"


def test_a_cut_after_a_redirect_is_no_whole_body(site, unique):
    site.when(unique()).redirect(unique("target"))
    site.when(unique("target")).reply(200, b"x" * 1000).cut_after(500)
    assert site.get("/api/files" + unique()).status == 502


def test_a_redirect_to_404_is_404(site, unique):
    site.when(unique()).redirect(unique("missing"))
    assert site.get("/api/files" + unique()).status == 404


PUBLIC = "93.184.216.34"
INNER = ["10.0.0.5", "172.16.0.5", "192.168.0.5", "169.254.169.254", "100.64.0.5", "127.0.0.1"]
IN_A_NETWORK = netns.isolated(
    addresses=[f"{a}/32" for a in [PUBLIC, *INNER[:-1]]] + ["fd00::5/128"],
    resolv_conf="nameserver 127.0.0.53\n",
)


@IN_A_NETWORK
def test_a_public_origin_cannot_lead_us_to_private_addresses(server):
    with Upstream(PUBLIC) as public, NameServer("127.0.0.53", {"rebound.test": "10.0.0.5"}):
        running = server({"files": remote(public.base_url)})
        public.when("/plain").reply(200, b"public is fine")
        assert running.get("/api/files/plain").status == 200
        inner = [Upstream(address) for address in INNER]
        six = Upstream("fd00::5")
        targets = [one.base_url for one in inner]
        port = inner[-1].port
        targets += [
            f"http://[::ffff:127.0.0.1]:{port}",
            f"http://[64:ff9b::7f00:1]:{port}",
            f"http://localhost:{port}",
            f"http://2130706433:{port}",
            f"http://0x7f.1:{port}",
            f"http://0:{port}",
        ]
        targets += [
            f"http://rebound.test:{inner[0].port}",
            f"http://[fd00::5]:{six.port}",
            f"http://[::1]:{port}",
        ]
        for number, target in enumerate(targets):
            public.when(f"/{number}").redirect(target + "/secret")
            got = running.get(f"/api/files/{number}")
            assert (got.status, got.complete) == (502, True), target
        assert [
            one.base_url for one in [*inner, six] if one.connections
        ] == [], "not even a connection is made"
        for one in [*inner, six]:
            one.close()


@IN_A_NETWORK
def test_a_remote_that_is_private_itself_may_lead_to_private_addresses(server):
    with Upstream("10.0.0.5") as home, Upstream("192.168.0.5") as store, Upstream(PUBLIC) as public:
        running = server({"files": remote(home.base_url)})
        home.when("/f").redirect(store.base_url + "/f")
        home.when("/g").redirect(public.base_url + "/g")
        store.when("/f").reply(200, b"inner")
        public.when("/g").reply(200, b"outer")
        assert running.get("/api/files/f").body == b"inner"
        assert running.get("/api/files/g").body == b"outer"


@IN_A_NETWORK
def test_a_connection_made_for_a_private_remote_is_not_lent_to_a_public_one(server):
    with Upstream("10.0.0.5") as inner, Upstream(PUBLIC) as public:
        running = server({"inner": remote(inner.base_url), "public": remote(public.base_url)}, threads=1)
        inner.when("/f").reply(200, b"inner")
        inner.when("/secret").reply(200, b"secret")
        assert running.get("/api/inner/f").status == 200
        public.when("/f").redirect(inner.base_url + "/secret")
        assert running.get("/api/public/f").status == 502
        assert inner.count("/secret") == 0


def test_a_certificate_for_another_name_is_not_enough_after_a_redirect(server):
    with Upstream() as home, Upstream(certificate=Certificate("other.test")) as wrong:
        running = server({"files": remote(home.base_url, tls={"ca_file": wrong.tls.cert})})
        home.when("/f").redirect(wrong.base_url + "/f")
        wrong.when("/f").reply(200, b"impostor")
        assert running.get("/api/files/f").status == 502
