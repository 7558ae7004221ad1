"""The guide's configurations, as they are printed there but for the addresses, serve its clients, and its commands do what it says."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from availability import FETCHED, fetched_program
from index import SECONDS, Projects, StaticIndex

GUIDE = Path(__file__).resolve().parents[2] / "docs/guides/pypi.md"
HOST = "cache.example:8000"
SITE_PACKAGES = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
PROJECT = '[project]\nname = "project"\nversion = "1.0"\nrequires-python = ">=3.9"\ndependencies = []\n\n[tool.poetry]\npackage-mode = false\n'


def blocks(heading, language):
    section, = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", GUIDE.read_text(), re.M | re.S)
    return re.findall(rf"^```{language}\n(.*?)^```", section, re.M | re.S)


@pytest.fixture
def public(running, tmp_path):
    made = Projects(tmp_path / "public")
    made.wheel("requests", "2.32.3")
    made.wheel("mylib", "9.0")   # somebody's, of the same name
    return running(StaticIndex(made, tmp_path / "public-index"))


@pytest.fixture
def private(running, tmp_path):
    made = Projects(tmp_path / "private")
    made.wheel("mylib", "1.0", ["requests>=2"])
    return running(StaticIndex(made, tmp_path / "private-index"))


@pytest.fixture
def program(public, private, start_program, tmp_path):
    text, = blocks("remotes.yaml", "yaml")
    for theirs, ours in (("https://files.pythonhosted.org", public.url), ("https://gitea.example.com/api/packages/myorg/pypi", private.url)):
        assert text.count(f'"{theirs}"') == 1
        text = text.replace(f'"{theirs}"', f'"{ours}"')
    return start_program(tmp_path / "program", text)


class Shell:
    """A machine with a project; what the guide says is done there word by word."""

    def __init__(self, home, program):
        for name in ("uv", "pip", "poetry"):
            fetched_program(name)
        self.home, self.project, self.address = home, home / "project", f"127.0.0.1:{program.port}"
        self.project.mkdir(parents=True)
        path = os.pathsep.join([*map(str, FETCHED), os.environ["PATH"]])
        self.environment = {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "XDG_CONFIG_DIRS": str(home / "system"),
                            "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_RETRIES": "0", "PIP_TARGET": str(home / "installed"),
                            "UV_PYTHON_DOWNLOADS": "never", "UV_HTTP_RETRIES": "0", "UV_PYTHON": "/usr/bin/python3",
                            "POETRY_VIRTUALENVS_IN_PROJECT": "true", "POETRY_KEYRING_ENABLED": "false", "POETRY_REQUESTS_MAX_RETRIES": "0",
                            "POETRY_NO_INTERACTION": "1"}
        (self.project / "pyproject.toml").write_text(PROJECT)

    def write(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.here(text))

    def here(self, text):
        return text.replace(HOST, self.address).replace("cache.example", self.address.partition(":")[0])

    def run(self, commands):
        done = subprocess.run(["bash", "-euc", self.here(commands)], env=self.environment, cwd=self.project, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        assert done.returncode == 0, f"{commands}\nended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def versions(self):
        """Of what is in the project's environment, or was installed by pip."""
        found = {}
        for folder in (self.project / ".venv" / SITE_PACKAGES, self.home / "installed"):
            for module in ("requests", "mylib"):
                if (folder / f"{module}.py").exists():
                    scope = {}
                    exec((folder / f"{module}.py").read_text(), scope)
                    found[module] = scope["version"]
        return found


@pytest.fixture
def shell(program, tmp_path):
    return Shell(tmp_path / "machine", program)


def fetched(index):
    return [path.rpartition("/")[2] for method, path, status in index.upstream.requests
            if method == "GET" and status == 200 and path.endswith(".whl")]


@pytest.mark.parametrize("place", ["system/uv/uv.toml", ".config/uv/uv.toml", "project/uv.toml"])
def test_uv_takes_the_indexes_in_their_order(place, shell, public, private):
    wide, _ = blocks("uv", "toml")
    shell.write(shell.home / place, wide)
    shell.run("uv add requests mylib")
    assert shell.versions() == {"requests": "2.32.3", "mylib": "1.0"}
    assert fetched(public) == ["requests-2.32.3-py3-none-any.whl"] and fetched(private) == ["mylib-1.0-py3-none-any.whl"]


def test_uv_works_as_the_project_says(shell, public):
    _, project = blocks("uv", "toml")
    commands, _ = blocks("uv", "sh")
    shell.write(shell.project / "pyproject.toml", f"{PROJECT}\n{project}")
    shell.run(commands)
    assert shell.versions() == {"requests": "2.32.3"} and len(fetched(public)) == 1
    assert shell.address in (shell.project / "uv.lock").read_text() and "sha256:" in (shell.project / "uv.lock").read_text()


def test_uv_works_as_a_variable_says(shell, public):
    _, commands = blocks("uv", "sh")
    shell.run("uv --quiet venv\nunset UV_PYTHON\n" + commands)
    assert shell.versions() == {"requests": "2.32.3"} and len(fetched(public)) == 1


@pytest.mark.parametrize("place", ["system/pip/pip.conf", ".config/pip/pip.conf"])
def test_pip_works_as_its_file_says(place, shell, public):
    configuration, = blocks("pip", "ini")
    shell.write(shell.home / place, configuration)
    shell.run("pip install requests")
    assert shell.versions() == {"requests": "2.32.3"} and len(fetched(public)) == 1


def test_pip_writes_its_file_itself(shell, public):
    commands, _ = blocks("pip", "sh")
    shell.run(commands)
    configuration, = blocks("pip", "ini")
    assert (shell.home / ".config/pip/pip.conf").read_text().split() == shell.here(configuration).split()
    assert shell.versions() == {"requests": "2.32.3"} and len(fetched(public)) == 1


def test_pip_works_as_variables_say(shell, public):
    _, commands = blocks("pip", "sh")
    shell.run(commands)
    assert shell.versions() == {"requests": "2.32.3"} and len(fetched(public)) == 1


def test_pip_requires_hashes_that_others_wrote_down(shell, public):
    """uv asks upstream itself for them."""
    _, commands = blocks("pip", "sh")
    shell.run(f"echo requests >requirements.in\nuv pip compile --quiet --generate-hashes --default-index {public.url}/simple/ "
              "requirements.in --output-file requirements.txt")
    shell.run(commands.replace("pip install requests", "pip install --require-hashes -r requirements.txt"))
    assert shell.versions() == {"requests": "2.32.3"} and "sha256:" in (shell.project / "requirements.txt").read_text()


def test_poetry_works_as_the_project_says(shell, public, private):
    sources, = blocks("poetry", "toml")
    commands, = blocks("poetry", "sh")
    shell.run(commands)
    written = (shell.project / "pyproject.toml").read_text()
    assert all(source.strip() in written for source in shell.here(sources).split("\n\n")), written
    assert shell.versions() == {"requests": "2.32.3", "mylib": "1.0"}
    assert fetched(public) == ["requests-2.32.3-py3-none-any.whl"] and fetched(private) == ["mylib-1.0-py3-none-any.whl"]
