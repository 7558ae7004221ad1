"""POST /cache-artifact by pattern: what upstream's index pages name, and nothing that a hostile one would have."""

import json

import pytest

from body import Body
from proxy import ForwardProxy
from server import remote
from test_cache_artifact import JSON, LINES, counts, give, order
from upstream import Upstream
from waiting import memory_bound, wait_until

MIB = 1 << 20
HTML = {"Content-Type": "text/html; charset=utf-8"}
GITHUB = "http://github.com"


def remotes(upstream):
    return {
        "files": remote(upstream.base_url + "/tree"),
        "guarded": remote(upstream.base_url + "/tree", immutable_patterns=["\\.bin$"]),
    }


def page(*links):
    rows = "".join(f'<tr><td><a href="{link}">{link}</a></td></tr>\n' for link in links)
    return f"<!DOCTYPE html><html><body><h1>Index of /</h1><table>{rows}</table></body></html>"


def show(upstream, path, *links):
    return upstream.when(path).reply(200, page(*links), HTML)


def paths_of(answer):
    return sorted(artifact["path"] for artifact in answer["artifacts"])


def test_a_directory_listing_is_walked(server, upstream):
    running = server(remotes(upstream))
    show(upstream, "/tree/", "../", "?C=N;O=D", "a/", "/tree/b/", "c.zip", "notes.txt")
    show(upstream, "/tree/a/", "../", "./", "a1.zip", "deeper/", "a%20b+c.zip")
    show(upstream, "/tree/a/deeper/", "../", f"{upstream.base_url}/tree/a/deeper/d.zip", "/tree/c.zip")
    show(upstream, "/tree/b/", "../../", "b1.zip&amp;x", "b2.zip", "gone.zip")
    wanted = ["a/a%20b+c.zip", "a/a1.zip", "a/deeper/d.zip", "b/b2.zip", "c.zip"]
    for path in wanted:
        upstream.when("/tree/" + path).reply(200, path.encode())
    answer = order(running, remote="files", include_pattern="\\.zip$").json()
    assert (paths_of(answer), counts(answer)) == (sorted([*wanted, "b/gone.zip"]), (6, 5, 0, 1))
    assert "incomplete" not in answer
    assert counts(order(running, remote="files", include_pattern="\\.zip$").json()) == (6, 0, 5, 1)
    assert running.get("/api/files/a/a%20b+c.zip").source == "cache"
    assert upstream.count("/tree/notes.txt") == 0
    # The pages themselves were neither stored nor are they listed.
    assert running.get("/api/files/a/").source == "remote"


def test_an_anchored_pattern_begins_where_it_leads(server, upstream):
    running = server(remotes(upstream))
    show(upstream, "/tree/pool/h/", "hello/", "haskell/", "../")
    show(upstream, "/tree/pool/h/hello/", "hello_1.deb", "hello_1.dsc")
    upstream.when("/tree/pool/h/hello/hello_1.deb").reply(200, b"x")
    answer = order(running, remote="files", include_pattern="^pool/h/hello.*\\.deb$").json()
    assert (paths_of(answer), answer["cached_count"]) == (["pool/h/hello/hello_1.deb"], 1)
    assert [r.target for r in upstream.requests] == [
        "/tree/pool/h/",
        "/tree/pool/h/hello/",
        "/tree/pool/h/hello/hello_1.deb",
    ]


def test_only_what_the_remote_allows_is_found_and_named(server, upstream):
    running = server(remotes(upstream))
    show(upstream, "/tree/", "secret.key", "a.bin")
    upstream.when("/tree/a.bin").reply(200, b"x")
    got = order(running, remote="guarded", include_pattern=".")
    assert (paths_of(got.json()), "secret" in got.text) == (["a.bin"], False)
    assert upstream.count("/tree/secret.key") == 0


def test_the_search_is_told_line_by_line(server, upstream):
    running = server(remotes(upstream))
    show(upstream, "/tree/", "a/", "b.zip")
    stalled = show(upstream, "/tree/a/", "a.zip").stall_before_head()
    upstream.when("/tree/b.zip").reply(200, b"x")
    with give(running, headers=LINES, body={"remote": "files", "include_pattern": "zip"}) as connection:
        assert json.loads(connection.read_until(1).text) == {"search": {"pages": 1, "found": 1}}
        stalled.release()
        lines = [json.loads(line) for line in connection.read("POST").text.splitlines()]
    assert lines[1] == {"search": {"pages": 2, "found": 2}}
    assert (len(lines), counts(lines[-1])) == (5, (2, 1, 0, 1))


@pytest.mark.parametrize("headers", [JSON, LINES])
def test_a_first_page_that_is_not_there_is_answered_as_a_get(server, upstream, headers):
    running = server(remotes(upstream))
    for status, told in ((404, 404), (401, 403), (429, 429), (500, 502)):
        upstream.when("/tree/").reply(status, b"no", HTML)
        got = order(running, headers, remote="files", include_pattern="x")
        assert (got.status, got.json()["error"]["request_id"] != "") == (told, True)
    upstream.when("/tree/").reply(200, b"{}", {"Content-Type": "application/json"})
    assert order(running, headers, remote="files", include_pattern="x").status == 502
    upstream.when("/tree/").reply(200, page("a"), {**HTML, "Content-Encoding": "gzip"})
    assert order(running, headers, remote="files", include_pattern="x").status == 502
    upstream.when("/tree/").drop_connection()
    assert order(running, headers, remote="files", include_pattern="x").status == 502


def test_a_further_page_that_fails_leaves_the_answer_incomplete(server, upstream):
    running = server(remotes(upstream))
    show(upstream, "/tree/", "a/", "b/", "c/", "x.zip")
    upstream.when("/tree/a/").reply(500, b"")
    show(upstream, "/tree/b/", "b.zip").cut_after(10)
    show(upstream, "/tree/c/", "c.zip")
    for path in ("x.zip", "c/c.zip"):
        upstream.when("/tree/" + path).reply(200, b"x")
    answer = order(running, remote="files", include_pattern="zip").json()
    assert (paths_of(answer), answer["incomplete"]) == (["c/c.zip", "x.zip"], "an index page could not be read")


HOSTILE = [
    "http://127.0.0.2:{port}/tree/a.zip",
    "//127.0.0.2:{port}/tree/a.zip",
    "http://127.0.0.1:{port}@127.0.0.2:{port}/tree/a.zip",
    "http://127.0.0.1:1/tree/a.zip",
    "https://127.0.0.1:{port}/tree/a.zip",
    "http://169.254.169.254/latest/a.zip",
    "/outside/a.zip",
    "/treehouse/a.zip",
    "../outside/a.zip",
    "../../../../a.zip",
    "%2e%2e/outside/a.zip",
    ".%2E/outside/a.zip",
    "x/..%2f..%2f..%2foutside/a.zip",
    "x/%2e%2e%2foutside/a.zip",
    "..;v=1/outside/a.zip",
    "..\\outside\\a.zip",
    "..%5coutside%5ca.zip",
    "%252e%252e/outside/a.zip",
    "&#46;&#46;/outside/a.zip",
    "&#x2e;&#x2e;&#x2f;outside/a.zip",
    "javascript:fetch('/a.zip')",
    "java&#10;script:a.zip",
    "data:text/html,a.zip",
    "file:///etc/a.zip",
    "ftp://127.0.0.1/tree/a.zip",
    "a%00.zip",
    "a%0d%0aX-Evil:1.zip",
    "a&#0;.zip",
    "%ff%fe.zip",
    "%zz.zip",
    "x" * 9000 + ".zip",
]


def test_links_that_lead_elsewhere_are_not_followed(server, upstream):
    running = server(remotes(upstream))
    with Upstream("127.0.0.2") as other:
        links = [link.format(port=other.port) for link in HOSTILE]
        upstream.when("/tree/").reply(
            200,
            "<base href='http://127.0.0.2/'>" + page(*links).replace("<a ", "<A\n") + "<!-- <a href=no.zip> -->",
            HTML,
        )
        answer = order(running, remote="files", include_pattern="zip").json()
        assert other.requests == []
    # A NUL by reference becomes U+FFFD, and what is encoded twice is a name like any other: both lie below.
    assert paths_of(answer) == ["%252e%252e/outside/a.zip", "a%EF%BF%BD.zip"]
    allowed = {"/tree/", "/tree/%252e%252e/outside/a.zip", "/tree/a%EF%BF%BD.zip"}
    assert {r.target for r in upstream.requests} == allowed


def test_bytes_that_are_no_text_do_no_harm(server, upstream):
    running = server(remotes(upstream))
    noise = Body(7, 2 * MIB).bytes()
    upstream.when("/tree/").reply(200, noise + b"'\">--></script><a href='\xff\xfe\x80'><a href=\"b\xc3\xa9.zip\">" + noise, HTML)
    upstream.when("/tree/b%C3%A9.zip").reply(200, b"x")
    answer = order(running, remote="files", include_pattern="\u00e9\\.zip$").json()
    assert (paths_of(answer), answer["cached_count"]) == (["b%C3%A9.zip"], 1)


def test_a_million_links_cost_bounded_time_and_memory(server, upstream):
    running = server(remotes(upstream))
    many = "".join(f"<a href={i}.zip>" for i in range(600_000))
    upstream.when("/tree/").reply(200, many, HTML)
    before = running.memory()
    got = order(running, remote="files", include_pattern="nothing like that")
    assert (got.status, counts(got.json())) == (200, (0, 0, 0, 0))
    assert running.memory() - before < memory_bound(64 * MIB)
    answer = order(running, remote="files", include_pattern="zip").json()
    assert (answer["matched"], answer["incomplete"]) == (1000, "more artifacts match than one order fetches")


def test_a_thousand_artifacts_are_all_of_them(server, upstream):
    running = server(remotes(upstream))
    show(upstream, "/tree/", *(f"{i}.zip" for i in range(1000)))
    answer = order(running, remote="files", include_pattern="zip").json()
    assert (answer["matched"], answer["failed"], "incomplete" in answer) == (1000, 1000, False)


def test_a_page_that_never_ends_is_left(server, upstream):
    running = server(remotes(upstream))
    endless = Body(1, 1 << 40)  # far more than anybody will send
    upstream.when("/tree/").reply(200, endless, HTML).length(False)
    answer = order(running, remote="files", include_pattern="no such thing").json()
    assert answer["incomplete"] == "an index page was too large to be read to its end"
    assert upstream.bytes_sent < 64 * MIB


@pytest.mark.parametrize("headers", [JSON, LINES])
def test_a_page_that_stalls_ends_with_its_client(server, upstream, headers):
    running = server(remotes(upstream))
    stalled = show(upstream, "/tree/", "a.zip").stall_after(20)
    connection = give(running, headers=headers, body={"remote": "files", "include_pattern": "zip"})
    stalled.wait_stalled()
    connection.close()
    wait_until(lambda: stalled.waiting == 0, 10, "the page to be given up")
    wait_until(lambda: order(running, remote="files", paths=[]).status == 200, 10, "the order to end")


def test_loops_of_directories_end(server, upstream):
    running = server(remotes(upstream))
    for depth in range(12):
        here = "/tree/" + "a/" * depth
        show(upstream, here, "a/", "./", "../", "/tree/", here, "a/../a/", "x.zip")
    answer = order(running, remote="files", include_pattern="nothing").json()
    assert answer["incomplete"] == "there are directories too deep to be looked at"
    assert upstream.gets() < 256


def test_no_more_than_so_many_pages_are_read(server, upstream):
    running = server(remotes(upstream))
    show(upstream, "/tree/", *(f"{i}/" for i in range(5000)))
    answer = order(running, remote="files", include_pattern="zip").json()
    assert answer["incomplete"] == "there are more index pages than one order reads"
    assert upstream.gets() == 256


def test_a_hopeless_pattern_ends_within_its_bounds(server, upstream):
    running = server(remotes(upstream))
    show(upstream, "/tree/", *(f"{'a' * 60}{i}!" for i in range(20_000)))
    got = order(running, remote="files", include_pattern="^(a+)+$")
    assert (got.status, got.json()["matched"]) == (200, 0)
    assert "match limit" in got.json()["incomplete"]
    assert got.elapsed < 15


def test_a_redirected_page_is_judged_by_where_it_was_asked_for(server, upstream):
    running = server(remotes(upstream))
    upstream.when("/tree/").redirect(f"{upstream.base_url}/moved/")
    show(upstream, "/moved/", "a.zip", "/moved/b.zip", "/tree/c.zip")
    answer = order(running, remote="files", include_pattern="zip").json()
    assert paths_of(answer) == ["a.zip", "c.zip"]


def github(proxy, project, releases):
    """GitHub as far as its release pages go: two releases on a page."""
    tags = list(releases)
    for number in range(0, len(tags), 2):
        links = [f"/{project}/releases/tag/{tag}" for tag in tags[number : number + 2]]
        if number + 2 < len(tags):
            links.append(f"/{project}/releases?page={number // 2 + 2}")
        links += ["/login", "/features", f"/{project}/issues", f"/{project}/releases/latest", "https://docs.github.com/"]
        query = f"?page={number // 2 + 1}" if number else ""
        proxy.when(f"{GITHUB}/{project}/releases{query}").reply(200, page(*links), HTML)
    for tag, files in releases.items():
        links = [f"/{project}/releases/download/{tag}/{file}" for file in files]
        links.append(f"/{project}/archive/refs/tags/{tag}.tar.gz")
        proxy.when(f"{GITHUB}/{project}/releases/expanded_assets/{tag}").reply(200, page(*links), HTML)
        for file in files:
            proxy.when(f"{GITHUB}/{project}/releases/download/{tag}/{file}").reply(200, file.encode())


RELEASES = {f"v1.{i}": [f"tool-1.{i}-linux-amd64.tgz", f"tool-1.{i}-darwin-arm64.tgz"] for i in range(5)}


def test_githubs_releases_are_found(server):
    with ForwardProxy() as proxy:
        github(proxy, "owner/tool", RELEASES)
        running = server({"github": remote(GITHUB, proxy=proxy.base_url, immutable_patterns=["^owner/tool/"])})
        answer = order(running, remote="github", include_pattern="owner/tool/.*linux-amd64").json()
        assert paths_of(answer) == [
            f"owner/tool/releases/download/v1.{i}/tool-1.{i}-linux-amd64.tgz" for i in range(5)
        ]
        assert (counts(answer), "incomplete" in answer) == ((5, 5, 0, 0), False)
        assert proxy.count() == 3 + 5 + 5
        path = "/api/github/owner/tool/releases/download/v1.3/tool-1.3-linux-amd64.tgz"
        assert running.get(path).source == "cache"


def test_a_release_named_by_the_pattern_is_asked_for_at_once(server):
    with ForwardProxy() as proxy:
        github(proxy, "owner/tool", RELEASES)
        running = server({"tool": remote(GITHUB + "/owner/tool", proxy=proxy.base_url)})
        pattern = "^releases/download/v1\\.2/.*linux"
        answer = order(running, remote="tool", include_pattern=pattern).json()
        assert paths_of(answer) == ["releases/download/v1.2/tool-1.2-linux-amd64.tgz"]
        assert [r.target for r in proxy.requests] == [
            f"{GITHUB}/owner/tool/releases/expanded_assets/v1.2",
            f"{GITHUB}/owner/tool/releases/download/v1.2/tool-1.2-linux-amd64.tgz",
        ]


def test_on_github_a_pattern_names_its_project(server):
    with ForwardProxy() as proxy:
        running = server({"github": remote(GITHUB, proxy=proxy.base_url)})
        for pattern in ("linux", "owner/tool.*", "^(a|b)/tool/"):
            got = order(running, remote="github", include_pattern=pattern)
            assert (got.status, "OWNER/PROJECT/" in got.json()["error"]["message"]) == (400, True)
        assert proxy.requests == []
