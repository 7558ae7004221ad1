"""The configuration of docs/guides/gitea.md, as it is printed there but for the host, and its clients before a server with Gitea's
addresses. Gitea itself is not run."""
import re
import sys
from pathlib import Path

import pytest

E2E = Path(__file__).resolve().parent.parent
sys.path += [str(E2E / folder) for folder in ("pypi", "npm", "helm")]

import charts   # noqa: E402
import index   # noqa: E402
import npm_clients   # noqa: E402
from gitea_layout import AUTHORIZATION, Gitea   # noqa: E402

GUIDE = (E2E.parent / "docs/guides/gitea.md").read_text()


@pytest.fixture
def gitea():
    server = Gitea()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def program(gitea, start_program, tmp_path):
    text, = re.findall(r"^```yaml\n(remotes:\n.*?)^```", GUIDE, re.M | re.S)
    assert text.count('"https://gitea.example.com/') == 3
    return start_program(tmp_path / "program", text.replace("https://gitea.example.com", gitea.url))


def address(program, remote):
    assert f"http://cache.example:8000/api/v1/remote/{remote}" in GUIDE
    return program.url(f"v1/remote/{remote}")


def phases(gitea):
    """The work of each, and what must hold after it: one download, the password told, and nothing more when Gitea is gone."""
    for phase in ("cold", "gone"):
        yield phase
        assert len(gitea.tarballs) == 1 and gitea.credentials == {AUTHORIZATION}
        gitea.stop()


@pytest.mark.parametrize("hash_mark", ["=", "-"])
@pytest.mark.parametrize("kind", index.CLIENTS)
def test_python_packages(kind, hash_mark, gitea, program, tmp_path):
    gitea.pypi("demo", index.Projects(tmp_path / "made").wheel("demo", "1.0"), ">=3.8", hash_mark)
    for phase in phases(gitea):
        client = index.CLIENTS[kind](tmp_path / phase, address(program, "pypi-myorg") + "/simple")
        client.install("demo")
        assert client.version_of("demo") == "1.0"


@pytest.mark.parametrize("old_links", [False, True], ids=["standard links", "older links"])
@pytest.mark.parametrize("kind", npm_clients.CLIENTS)
def test_npm_packages(kind, old_links, gitea, program, tmp_path):
    gitea.npm("@myorg/widgets", "1.0.0", old_links)
    for phase in phases(gitea):
        client = npm_clients.CLIENTS[kind](tmp_path / phase, address(program, "npm-myorg") + "/", wanted={"@myorg/widgets": "^1.0.0"})
        client.install()
        assert client.version_of("@myorg/widgets") == "1.0.0"
        again = npm_clients.CLIENTS[kind](tmp_path / f"{phase}-frozen", client.registry, wanted={"@myorg/widgets": "^1.0.0"}, lock=client.lock)
        again.frozen()


def test_charts(gitea, program, tmp_path):
    made = charts.Charts(tmp_path, tmp_path / "charts")
    archive = made.package("chart", "1.0.0")
    gitea.helm(made.folder / "chart-1.0.0.tgz")
    for phase in phases(gitea):
        helm = charts.Helm(tmp_path / phase)
        helm("repo", "add", "test", address(program, "helm-myorg"))
        helm("repo", "update")
        assert helm.pull("chart", "1.0.0") == archive


def test_nothing_is_told_to_who_asks_without_the_password(gitea, start_program, tmp_path):
    gitea.npm("@myorg/widgets", "1.0.0", old_links=False)
    remotes = f'remotes: {{open: {{base_url: "{gitea.url}/api/packages/myorg/npm", type: remote, package: npm}}}}\n'
    program = start_program(tmp_path / "program", remotes)
    client = npm_clients.CLIENTS["npm"](tmp_path / "client", program.url("v1/remote/open") + "/", wanted={"@myorg/widgets": "^1.0.0"})
    assert "E403" in client.install(fails=True) and gitea.tarballs == []
