"""A new configuration while serving: taken over without a break, or refused and shown in three places."""

import shutil
import signal
import subprocess
import threading

import pytest

from body import Body
from server import config_text, remote, to_yaml
from waiting import memory_bound, stays_true, wait_until


def told(running):
    """How many reloads there were, of either result."""
    return running.metric("artifactapi_config_reloads_total")


def reload(running, remotes):
    """The new file by a rename, SIGHUP, and the wait for how it went."""
    before = told(running)
    replace(running, config_text(remotes))
    running.signal(signal.SIGHUP)
    wait_until(lambda: told(running) > before, what="the reload to be counted")


def replace(running, text):
    """As an editor saves: a new file, renamed over the old one."""
    new = running.config.with_name(".remotes.yaml.new")
    new.write_text(text)
    new.rename(running.config)


def config_check(running):
    return running.get("/health").json()["checks"]["config"]


def reloads(running, result):
    samples = running.metrics()["artifactapi_config_reloads_total"]
    return sum(value for labels, value in samples if labels["result"] == result)


def test_a_hangup_loads_the_new_configuration(server, upstream):
    running = server({"files": remote(upstream.base_url)})
    upstream.when("/f").reply(200, b"x")
    with running.connect() as kept:
        assert kept.ask("/api/more/f").read().status == 404
        reload(
            running,
            {
                "files": remote(upstream.base_url, immutable_patterns=["nothing"]),
                "more": remote(upstream.base_url),
            },
        )
        assert kept.ask("/api/more/f").read().status == 200
        assert kept.ask("/api/files/f").read().status == 403
        assert set(kept.ask("/").read().json()["remotes"]) == {"files", "more"}
        shown = kept.ask("/config").read().json()["remotes"]
        assert shown["files"]["immutable_patterns"] == ["nothing"]
        assert "more" in shown


def test_a_file_written_in_place_is_noticed_without_a_signal(server, upstream):
    running = server({"files": remote(upstream.base_url)})
    upstream.when("/f").reply(200, b"x")
    running.config.write_text(config_text({"more": remote(upstream.base_url)}))
    wait_until(lambda: running.get("/api/more/f").status == 200, 5, "the new remote")
    assert running.get("/api/files/f").status == 404


def test_a_file_renamed_over_the_old_one_is_noticed_again_and_again(server, upstream):
    running = server({"files": remote(upstream.base_url)})
    upstream.when("/f").reply(200, b"x")
    for number in range(3):
        replace(running, config_text({f"r{number}": remote(upstream.base_url)}))
        wait_until(lambda: running.get(f"/api/r{number}/f").status == 200, 5, "the new remote")


def test_an_editor_that_moves_the_old_file_away_first_is_noticed(server, upstream):
    running = server({"files": remote(upstream.base_url)})
    upstream.when("/f").reply(200, b"x")
    running.config.rename(running.config.with_name("remotes.yaml~"))
    running.config.write_text(config_text({"more": remote(upstream.base_url)}))
    wait_until(lambda: running.get("/api/more/f").status == 200, 5, "the new remote")


@pytest.mark.parametrize("rounds", [3])
def test_a_file_swapped_by_a_symlink_is_noticed_without_a_signal(server, upstream, rounds):
    running = server({"files": remote(upstream.base_url)}, start=False)
    versions = [running.folder / f"..v{number}" for number in range(rounds)]
    for number, folder in enumerate(versions):
        folder.mkdir()
        (folder / "remotes.yaml").write_text(to_yaml({"remotes": {f"r{number}": remote(upstream.base_url)}}))
    link = running.folder / "..data"
    link.symlink_to(versions[0].name)
    running.config.unlink()
    running.config.symlink_to("..data/remotes.yaml")
    running.start()
    upstream.when("/f").reply(200, b"x")
    assert running.get("/api/r0/f").status == 200
    for number, folder in enumerate(versions[1:], 1):
        (running.folder / "..next").symlink_to(folder.name)
        (running.folder / "..next").rename(link)
        wait_until(lambda: running.get(f"/api/r{number}/f").status == 200, 5, "the swap to be noticed")


def test_a_removed_remote_is_gone_at_once_though_its_answers_were_in_memory(server, upstream):
    running = server({"files": remote(upstream.base_url), "stays": remote(upstream.base_url)})
    upstream.when("/f").reply(200, b"x")
    connections = [running.connect() for _ in range(8)]  # on every loop
    for path in ("/api/files/f", "/api/v1/remote/files/f", "/api/stays/f"):
        for kept in connections:
            for _ in range(3):
                assert kept.ask(path).read().status == 200
    reload(running, {"stays": remote(upstream.base_url)})
    for kept in connections:
        assert kept.ask("/api/files/f").read().status == 404
        assert kept.ask("/api/v1/remote/files/f").read().status == 404
        assert kept.ask("/api/stays/f").read().status == 200
        kept.close()
    assert upstream.gets("/f") == 2


def test_a_cached_path_is_forbidden_as_soon_as_the_new_patterns_say_so(server, upstream):
    running = server({"files": remote(upstream.base_url)})
    upstream.when("/f").reply(200, b"x")
    upstream.when("/large").reply(200, Body(1, 1 << 20))
    with running.connect() as kept:
        for path in ("/api/files/f", "/api/files/large"):
            assert kept.ask(path).read().status == 200
            assert kept.ask(path).read().header("x-artifact-source") == "cache"
        reload(running, {"files": remote(upstream.base_url, immutable_patterns=["nothing"])})
        assert kept.ask("/api/files/f").read().status == 403
        assert kept.ask("/api/files/large").read().status == 403
        reload(running, {"files": remote(upstream.base_url)})
        assert kept.ask("/api/files/f").read().header("x-artifact-source") == "cache"
    assert upstream.gets("/f") == 1


def test_what_was_being_fetched_when_its_path_was_forbidden_is_finished_but_not_given_again(server, upstream):
    running = server({"files": remote(upstream.base_url)})
    body = Body(1, 1 << 20)
    stalled = upstream.when("/f").reply(200, body).stall_after(100_000)
    herd = running.herd(3, "/api/files/f")
    stalled.wait_stalled()
    reload(running, {"files": remote(upstream.base_url, immutable_patterns=["nothing"])})
    stalled.release()
    for response in herd.join():
        assert response.sha256 == body.sha256
    for _ in range(3):
        assert running.get("/api/files/f").status == 403


def test_a_shorter_mutable_ttl_holds_for_the_next_request(server, upstream):
    keys = {"mutable_patterns": [".*"], "check_mutable_updates": True}
    running = server({"files": remote(upstream.base_url, mutable_ttl=3600, **keys)})
    upstream.when("/f").reply(200, b"x").etag('"1"')
    for _ in range(3):
        assert running.get("/api/files/f").status == 200
    assert upstream.count("/f") == 1
    reload(running, {"files": remote(upstream.base_url, mutable_ttl=0, **keys)})
    running.get("/api/files/f")
    assert upstream.count("/f") == 2
    reload(running, {"files": remote(upstream.base_url, mutable_ttl=3600, **keys)})
    for _ in range(3):
        running.get("/api/files/f")
    assert upstream.count("/f") <= 3


def test_a_remembered_404_is_forgotten_with_the_address_it_came_from(server, upstream):
    from upstream import Upstream

    with Upstream("127.0.0.2") as other:
        running = server({"files": remote(upstream.base_url, negative_ttl=3600)})
        upstream.when("/f").reply(404)
        other.when("/f").reply(200, b"x")
        assert running.get("/api/files/f").status == 404
        assert running.get("/api/files/f").status == 404
        assert upstream.gets("/f") == 1
        reload(running, {"files": remote(other.base_url, negative_ttl=3600)})
        assert running.get("/api/files/f").status == 200


def test_an_unchanged_remote_keeps_its_answers_counters_and_connections(server, upstream):
    files = remote(upstream.base_url)
    running = server({"files": files}, threads=1)
    for path in ("/a", "/b"):
        upstream.when(path).reply(200, b"x")
    with running.connect() as kept:
        assert kept.ask("/api/files/a").read().status == 200
        assert kept.ask("/api/files/a").read().status == 200
        # It is in memory when it is published, a moment after its first answer.
        entries = wait_until(lambda: running.metric("artifactapi_hot_entries"))
        reload(running, {"files": files, "more": remote(upstream.base_url)})
        assert running.metric("artifactapi_hot_entries") == entries
        assert kept.ask("/api/files/a").read().header("x-artifact-source") == "cache"
        assert kept.ask("/api/files/b").read().status == 200
    started = dict((labels["remote"], value) for labels, value in running.metrics()["artifactapi_fills_started_total"])
    assert started["files"] == 2
    assert upstream.last("/a").connection == upstream.last("/b").connection


def test_the_breaker_of_an_unchanged_remote_stays_open(server, upstream):
    dead = remote("http://127.0.0.1:1")
    running = server({"dead": dead, "files": remote(upstream.base_url)})
    for number in range(5):
        running.get(f"/api/dead/{number}")

    def open_breakers():
        samples = running.metrics()["artifactapi_upstream_breaker_open"]
        return {labels["remote"]: value for labels, value in samples}

    assert set(open_breakers()) == {"dead", "files"}
    reload(running, {"dead": dead})
    assert set(open_breakers()) == {"dead"}
    errors = {labels["remote"] for labels, _ in running.metrics()["artifactapi_upstream_errors_total"]}
    assert "dead" in errors


@pytest.mark.parametrize("by_signal", [True, False], ids=["signal", "changed file"])
def test_a_bad_file_keeps_the_running_configuration_and_is_shown_in_three_places(server, upstream, by_signal):
    running = server({"files": remote(upstream.base_url)})
    upstream.when("/f").reply(200, b"x")
    good = running.config.read_text()
    shown = running.get("/config").json()
    assert running.metric("artifactapi_config_in_force") == 1
    assert reloads(running, "refused") == 0

    running.config.write_text("remotes:\n  files:\n    bas_url: http://x\n")
    if by_signal:
        running.signal(signal.SIGHUP)
    wait_until(lambda: config_check(running)["status"] == "degraded", 5, "/health to tell")
    check = config_check(running)
    assert "remotes.yaml:3" in check["error"] and "bas_url" in check["error"]
    assert check["since"]
    assert running.get("/health").json()["status"] == "degraded"
    assert running.get("/ready").status == 200
    line = running.wait_log(lambda line: "configuration refused" in str(line))
    assert line["level"] == "error" and "bas_url" in str(line)
    assert running.metric("artifactapi_config_in_force") == 0
    assert reloads(running, "refused") >= 1
    stays_true(lambda: running.get("/api/files/f").status == 200, 0.2)
    assert running.get("/config").json() == shown

    running.config.write_text(good)
    if by_signal:
        running.signal(signal.SIGHUP)
    wait_until(lambda: config_check(running)["status"] == "healthy", 5, "/health to be well again")
    assert config_check(running)["error"] is None
    assert running.metric("artifactapi_config_in_force") == 1
    assert reloads(running, "applied") >= 1


def test_a_file_that_is_gone_is_a_bad_one(server, upstream):
    running = server({"files": remote(upstream.base_url)})
    upstream.when("/f").reply(200, b"x")
    running.config.unlink()
    wait_until(lambda: config_check(running)["status"] == "degraded", 5, "/health to tell")
    assert running.get("/api/files/f").status == 200


def test_other_files_beside_it_and_a_quiet_file_reload_nothing(server, upstream):
    running = server({"files": remote(upstream.base_url)})
    for number in range(20):
        (running.folder / f"other{number}").write_text("x")
    stays_true(lambda: told(running) == 0, 0.6)


class Callers(threading.Thread):
    """A herd that never stops asking, on kept connections; tells what was not a whole 200."""

    def __init__(self, running, paths):
        super().__init__(daemon=True)
        self.running, self.paths = running, paths
        self.ended = threading.Event()
        self.asked, self.wrong = 0, []

    def run(self):
        with self.running.connect() as kept:
            while not self.ended.is_set():
                for path, sha256 in self.paths:
                    response = kept.ask(path).read()
                    self.asked += 1
                    if response.status != 200 or response.sha256 != sha256:
                        self.wrong.append((path, response.status))


NAMES = [f"r{number}" for number in range(20)]


def changing(upstream, number):
    """Half of them change each time; one comes and goes."""
    remotes = {
        name: remote(upstream.base_url, mutable_ttl=100 + (number if index % 2 else 0))
        for index, name in enumerate(NAMES)
    }
    if number % 2:
        remotes["guest"] = remote(upstream.base_url)
    return remotes


def reload_often(running, upstream, times, after):
    """Memory and descriptors after the reload numbered `after` and after the last."""
    counts = []
    for number in range(1, times + 1):
        reload(running, changing(upstream, number))
        if number in (after, times):
            counts.append((running.memory(), len(running.descriptors())))
    assert reloads(running, "applied") >= times
    return counts


def assert_nothing_leaked(counts):
    (memory, descriptors), (later_memory, later_descriptors) = counts
    assert later_memory < memory + memory_bound(16 << 20), (memory, later_memory)
    assert later_descriptors < descriptors + 20, (descriptors, later_descriptors)


def test_many_reloads_under_a_herd_drop_no_request_and_leak_nothing(server, upstream):
    running = server(changing(upstream, 0), log_level="warning")
    small, large = Body(1, 3000), Body(2, 300_000)
    upstream.when("/small").reply(200, small)
    upstream.when("/large").reply(200, large)
    paths = []
    for name in NAMES:
        paths += [(f"/api/{name}/small", small.sha256), (f"/api/{name}/large", large.sha256)]
    callers = [Callers(running, paths) for _ in range(6)]
    for caller in callers:
        caller.start()
    counts = reload_often(running, upstream, times=60, after=20)
    for caller in callers:
        caller.ended.set()
    for caller in callers:
        caller.join(30)
        assert not caller.is_alive()
        assert caller.wrong == []
        assert caller.asked > 0
    assert_nothing_leaked(counts)


@pytest.mark.heavy
def test_a_hundred_reloads_under_wrk_drop_no_request_and_leak_nothing(server, upstream):
    if not shutil.which("wrk"):
        pytest.skip("wrk is not installed")
    running = server(changing(upstream, 0), log_level="warning")
    upstream.when("/small").reply(200, Body(1, 3000))
    # r0 stays as it is, r1 changes with every reload.
    loads = [
        subprocess.Popen(
            ["wrk", "-t1", "-c32", "-d300s", f"http://{running.address}/api/{name}/small"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name in ("r0", "r1")
    ]
    try:
        counts = reload_often(running, upstream, times=100, after=30)
    finally:
        for load in loads:
            load.send_signal(signal.SIGINT)
    for load in loads:
        said, _ = load.communicate(timeout=30)
        print(said)
        assert "Requests/sec" in said
        assert "Socket errors" not in said
        assert "Non-2xx" not in said
    assert_nothing_leaked(counts)


def test_a_reload_with_a_thousand_remotes_takes_no_turn_from_the_others(server, upstream):
    running = server({"files": remote(upstream.base_url)}, threads=1)
    upstream.when("/f").reply(200, b"x")
    running.get("/api/files/f")
    many = {"files": remote(upstream.base_url)}
    for number in range(1000):
        many[f"r{number}"] = remote(upstream.base_url, immutable_patterns=[f"^x{number}(a|b)+$", "\\.deb$"])
    replace(running, config_text(many))
    running.signal(signal.SIGHUP)
    answered = 0
    with running.connect() as kept:
        while kept.ask("/api/r999/nothing").read().status == 404:  # not a remote yet
            assert kept.ask("/api/files/f").read().status == 200
            answered += 1
    assert len(running.get("/").json()["remotes"]) == 1001
    assert answered >= 20, "the only loop was busy with the configuration"
