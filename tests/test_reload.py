"""A new configuration while serving: taken over without a break, or refused and shown."""

import signal

import pytest

from server import remote, to_yaml
from waiting import stays_true, wait_until


def reload(running):
    """SIGHUP; skips loudly while the program says that it cannot do it yet."""
    before = len(running.log())
    running.signal(signal.SIGHUP)
    wait_until(lambda: len(running.log()) > before, what="the log to tell of the reload")
    if "reloading is not supported" in str(running.log()[before:]):
        pytest.skip("LOUD: reloading is not built yet")


def test_a_hangup_or_a_changed_file_loads_the_new_configuration(server, upstream):
    running = server({"files": remote(upstream.base_url)})
    upstream.when("/f").reply(200, b"x")
    with running.connect() as kept:
        assert kept.ask("/api/more/f").read().status == 404
        running.config.write_text(
            to_yaml(
                {
                    "remotes": {
                        "files": remote(upstream.base_url, immutable_patterns=["nothing"]),
                        "more": remote(upstream.base_url),
                    }
                }
            )
        )
        reload(running)
        wait_until(lambda: kept.ask("/api/more/f").read().status == 200, what="the new remote")
        assert kept.ask("/api/files/f").read().status == 403


def test_a_cached_path_is_forbidden_as_soon_as_the_new_patterns_say_so(server, upstream):
    running = server({"files": remote(upstream.base_url)})
    upstream.when("/f").reply(200, b"x")
    assert running.get("/api/files/f").status == 200
    running.config.write_text(
        to_yaml({"remotes": {"files": remote(upstream.base_url, immutable_patterns=["nothing"])}})
    )
    reload(running)
    wait_until(lambda: running.get("/api/files/f").status == 403)


def test_a_bad_file_keeps_the_running_configuration_and_is_shown(server, upstream):
    running = server({"files": remote(upstream.base_url)})
    upstream.when("/f").reply(200, b"x")
    good = running.config.read_text()
    running.config.write_text("remotes: [broken\n")
    reload(running)
    wait_until(lambda: running.get("/health").json()["status"] == "degraded", what="/health to tell")
    assert running.get("/health").json()["checks"]["config"]["error"]
    stays_true(lambda: running.get("/api/files/f").status == 200, 0.2)
    running.config.write_text(good)
    reload(running)
    wait_until(lambda: running.get("/health").json()["status"] == "healthy", what="/health to be well again")


def test_a_file_swapped_by_a_symlink_is_noticed_without_a_signal(server, upstream):
    running = server({"files": remote(upstream.base_url)}, start=False)
    versions = [running.folder / "..v1", running.folder / "..v2"]
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
    reload(running)  # only to learn whether it can
    (running.folder / "..next").symlink_to(versions[1].name)
    (running.folder / "..next").rename(link)
    wait_until(lambda: running.get("/api/r1/f").status == 200, 10, "the swap to be noticed")
