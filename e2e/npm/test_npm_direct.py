"""What the other tests compare with: each client installs from the registry itself, and a frozen install gives the same."""
from npm_clients import CLIENTS
from npm_registry import BIG, CHOSEN, source_of


def test_a_client_installs_what_was_published(kind, directly, published):
    client = directly(kind)
    assert {name: client.version_of(name) for name in CHOSEN} == CHOSEN and client.runs() == "@team/core@1.2.0"
    files = client.installed()
    assert BIG in files.values()
    for name, version in CHOSEN.items():
        folder = (client.project / "node_modules" / name).resolve().relative_to((client.project / "node_modules").resolve())
        for path in source_of(published.folder, name, version).iterdir():
            if path.name != "package.json":   # npm may have written it anew
                assert files[f"{folder}/{path.name}"] == path.read_bytes()


def test_a_frozen_install_gives_the_same(kind, directly, published, tmp_path):
    client = CLIENTS[kind](tmp_path / "home", f"{published.url}/", lock=directly(kind).lock)
    client.frozen()
    assert client.installed() == directly(kind).installed() and client.lock == directly(kind).lock
