"""Projects made here, the servers that index them, and pip, uv and poetry as machines with nothing of their own yet."""
import base64
import hashlib
import html
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile

from availability import fetched_program
from static_upstream import StaticUpstream

SECONDS = 120
TAG = "py3-none-any"
POETRY = """[project]
name = "project"
version = "1.0"
requires-python = ">=3.8"
dependencies = {wanted}

[tool.poetry]
package-mode = false

[[tool.poetry.source]]
name = "cache"
url = "{index}"
priority = "primary"
"""


class Projects:
    """Wheels in a folder for each project, as simple-repository-server wants them."""

    def __init__(self, folder):
        self.folder = folder

    def wheel(self, project, version, requires=()):
        name = f"{project.replace('-', '_')}-{version}"
        path = self.folder / project / f"{name}-{TAG}.whl"
        path.parent.mkdir(parents=True, exist_ok=True)
        metadata = f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\nRequires-Python: >=3.8\n"
        metadata += "".join(f"Requires-Dist: {one}\n" for one in requires)
        members = {f"{project.replace('-', '_')}.py": f"version = {version!r}\n",
                   f"{name}.dist-info/METADATA": metadata,
                   f"{name}.dist-info/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {TAG}\n"}
        record = "".join(f"{member},sha256={urlsafe_sha256(text)},{len(text)}\n" for member, text in members.items())
        members[f"{name}.dist-info/RECORD"] = record + f"{name}.dist-info/RECORD,,\n"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, text in members.items():
                archive.writestr(member, text)
        return path

    @classmethod
    def usual(cls, folder):
        """demo 1.0 and 1.1, which need helper-lib."""
        made = cls(folder)
        for version in ("1.0", "1.1"):
            made.wheel("demo", version, ["helper-lib>=2"])
        made.wheel("helper-lib", "2.0")
        return made

    def files(self, project):
        return sorted((self.folder / project).iterdir())


def urlsafe_sha256(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def metadata_of(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA")))


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class StaticIndex:
    """A folder as a web server has it (PEP 503, 658): simple/PROJECT/index.html, and the files in packages/."""

    def __init__(self, projects, folder, links_to=None):
        self.projects, self.folder, self.links_to = projects, folder, links_to
        self.write()
        self.upstream = StaticUpstream(folder)

    def write(self):
        packages = self.folder / "packages"
        packages.mkdir(parents=True, exist_ok=True)
        for project in self.projects.folder.iterdir():
            page = self.folder / "simple" / project.name
            page.mkdir(parents=True, exist_ok=True)
            links = [self._link(wheel, packages) for wheel in self.projects.files(project.name)]
            (page / "index.html").write_text("<!DOCTYPE html><html><body>\n" + "".join(links) + "</body></html>\n")

    def _link(self, wheel, packages):
        data, metadata = wheel.read_bytes(), metadata_of(wheel)
        (packages / wheel.name).write_bytes(data)
        (packages / f"{wheel.name}.metadata").write_bytes(metadata)
        address = f"{self.links_to or '../..'}/packages/{wheel.name}#sha256={sha256(data)}"
        python = html.escape(">=3.8")
        return (f'<a href="{address}" data-requires-python="{python}" '
                f'data-dist-info-metadata="sha256={sha256(metadata)}">{wheel.name}</a><br>\n')

    def start(self):
        self.upstream.start()
        self.url = self.upstream.url
        return self

    def stop(self):
        self.upstream.stop()


class SimpleRepositoryServer:
    """The reference implementation of the simple API over a folder: JSON with sizes and times, metadata on demand."""

    def __init__(self, projects, log):
        self.projects, self.log = projects, log

    def start(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen([fetched_program("simple-repository-server"), "--host", "127.0.0.1", "--port", str(port),
                                              self.projects.folder], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + SECONDS
        while not answers(f"{self.url}/simple/"):
            assert self._process.poll() is None and time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)
        return self

    def stop(self):
        self._process.terminate()
        self._process.wait(SECONDS)


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


def get(url, accept=None):
    """Status, headers and text; a refusal is an answer too."""
    request = urllib.request.Request(url, headers={"Accept": accept} if accept else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


class Client:
    """One machine: what it installs and keeps lies in `home`, the settings of this one do not reach it."""

    def __init__(self, home, index):
        self.home, self.index, self.target = home, index, home / "installed"
        home.mkdir(parents=True)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "LANG": "C.UTF-8"}

    def run(self, *argv, fails=False):
        program, *rest = map(str, argv)
        done = subprocess.run([fetched_program(program), *rest], env=self.environment, cwd=self.home, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        assert (done.returncode != 0) == fails, f"{argv} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def version_of(self, module):
        scope = {}
        exec((self.target / f"{module}.py").read_text(), scope)
        return scope["version"]


class Pip(Client):
    def install(self, *wanted, fails=False):
        return self.run("pip", "--isolated", "--disable-pip-version-check", "install", "--no-cache-dir", "--retries", "0",
                        "--target", self.target, "--index-url", self.index, *wanted, fails=fails)


class Uv(Client):
    def __init__(self, home, index):
        super().__init__(home, index)
        self.environment |= {"UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never", "UV_HTTP_RETRIES": "0"}

    def install(self, *wanted, fails=False):
        return self.run("uv", "pip", "install", "--target", self.target, "--default-index", self.index, *wanted, fails=fails)

    def lock(self, *wanted):
        """What `uv pip compile` pins, with every hash."""
        (self.home / "requirements.in").write_text("\n".join(wanted) + "\n")
        return self.run("uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--generate-hashes",
                        "--default-index", self.index, "requirements.in")


class Poetry(Client):
    """One project, with an environment in its folder."""

    def __init__(self, home, index):
        super().__init__(home, index)
        self.target = home / ".venv" / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
        self.environment |= {"POETRY_VIRTUALENVS_IN_PROJECT": "true", "POETRY_KEYRING_ENABLED": "false", "POETRY_REQUESTS_MAX_RETRIES": "0"}

    def project(self, *wanted):
        (self.home / "pyproject.toml").write_text(POETRY.format(wanted=json.dumps(wanted), index=self.index))

    def install(self, *wanted, fails=False):
        self.project(*wanted)
        return self.run("poetry", "--no-interaction", "install", fails=fails)

    def lock(self, *wanted):
        """poetry.lock, which has the hashes of all files, but for the index's address and what is made of it."""
        self.project(*wanted)
        self.run("poetry", "--no-interaction", "lock")
        lines = (self.home / "poetry.lock").read_text().replace(self.index, "INDEX").splitlines()
        return [line for line in lines if not line.startswith("content-hash = ")]


CLIENTS = {"pip": Pip, "uv": Uv, "poetry": Poetry}
