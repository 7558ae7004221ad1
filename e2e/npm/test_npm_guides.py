"""The guide's configurations, as they are printed there but for the addresses, serve its clients, and its commands do what it says."""
import json
import re
import subprocess
from pathlib import Path

import pytest

from availability import fetched_program, npm_package
from npm_clients import CLIENTS
from npm_registry import SECONDS, environment
from npm_site import ask, becomes_stored, remote

GUIDE = Path(__file__).resolve().parents[2] / "docs/guides/npm.md"
HOST = "cache.example:8000"
PUBLIC = "https://registry.npmjs.org"


def section(heading):
    text, = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", GUIDE.read_text(), re.M | re.S)
    return text


def blocks(heading, language):
    return re.findall(rf"^```{language}\n(.*?)^```", section(heading), re.M | re.S)


@pytest.fixture(scope="module")
def registry(published, tmp_path_factory):
    """With the packages that the guide names, and a scope that is somebody's own."""
    made = published.copy(tmp_path_factory.mktemp("guide") / "registry").start()
    for version in ("4.17.20", "4.17.21"):
        made.publish("lodash", version)
    made.publish("@myorg/widgets", "1.0.0", dependencies={"lodash": "^4.17.20"})
    yield made
    made.stop()


@pytest.fixture
def front(registry, start_front):
    return start_front(registry)


@pytest.fixture
def own_front(registry, start_front):
    return start_front(registry)


@pytest.fixture
def program(front, own_front, start):
    text, = blocks("remotes.yaml", "yaml")
    for public, ours in ((PUBLIC, front.url), ("https://gitea.example.com/api/packages/myorg/npm", own_front.url)):
        assert text.count(f'"{public}"') == 1
        text = text.replace(f'"{public}"', f'"{ours}"')
    return start(None, remotes=text.replace("{", "{{").replace("}", "}}"))


class Shell:
    """A project on a machine with one of the clients; what the guide says is done there word by word."""

    def __init__(self, home, kind, program):
        self.home, self.kind, self.project, self.address = home, kind, home / "project", f"127.0.0.1:{program.port}"
        self.project.mkdir(parents=True)
        (self.project / "package.json").write_text('{"name": "project", "version": "1.0.0", "private": true}')
        client = CLIENTS[kind]
        programs = {"yarn": ["yarn"], "berry": ["yarn"], "pnpm": ["pnpm"]}.get(kind, ["npm"])
        self.environment = environment(home) | {"npm_config_update_notifier": "false", "npm_config_fetch_retries": "0",
                                                "YARN_ENABLE_TELEMETRY": "0", "YARN_NPM_MINIMAL_AGE_GATE": "0"}
        self.environment["PATH"] = f"{home / 'bin'}:{self.environment['PATH']}"
        (home / "bin").mkdir()
        for name in programs:
            start = home / "bin" / name
            start.write_text(f'#!/bin/sh\nexec "{fetched_program("node")}" "{npm_package(client.package) / client.program}" "$@"\n')
            start.chmod(0o755)

    def write(self, name, text):
        (self.project / name).write_text(self.here(text))

    def here(self, text):
        return text.replace(HOST, self.address).replace("cache.example", self.address.partition(":")[0])

    def run(self, commands, fails=False):
        done = subprocess.run(["bash", "-euc", self.here(commands)], env=self.environment, cwd=self.project, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        assert (done.returncode != 0) == fails, f"{commands}\nended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def wants(self, **packages):
        manifest = json.loads((self.project / "package.json").read_text())
        (self.project / "package.json").write_text(json.dumps(manifest | {"dependencies": packages}))

    def version_of(self, name):
        return json.loads((self.project / "node_modules" / name / "package.json").read_text())["version"]


@pytest.fixture
def machine(program, tmp_path):
    def make(kind, name="machine"):
        return Shell(tmp_path / f"{name}-{kind}", kind, program)
    return make


# Where the guide has each client's configuration, and the file it is for.
SECTIONS = {"npm": ("npm", "ini", ".npmrc"), "yarn": ("yarn classic", "text", ".yarnrc"), "berry": ("yarn 4", "yaml", ".yarnrc.yml"),
            "pnpm": ("pnpm", "ini", ".npmrc")}
NODE_MODULES = "nodeLinker: node-modules\n"   # only for these tests to find the files


@pytest.mark.parametrize("kind", SECTIONS)
def test_a_client_works_as_its_section_says(kind, front, machine):
    heading, language, name = SECTIONS[kind]
    configuration, = blocks(heading, language)
    commands, = blocks(heading, "sh")
    shell = machine(kind)
    shell.write(name, configuration + (NODE_MODULES if kind == "berry" else ""))
    said = shell.run(commands)
    assert shell.version_of("lodash") == "4.17.21" and len(front.asked_for("lodash-4.17.21.tgz")) == 1, said
    if kind == "npm":
        assert (shell.project / name).read_text() == shell.here(configuration) and "PONG" in said and "4.17.20" in said


def test_yarn_classic_reads_what_npm_reads(front, machine):
    configuration, = blocks("npm", "ini")
    shell = machine("yarn")
    shell.write(".npmrc", configuration)
    shell.run("yarn add lodash")
    assert len(front.asked_for("lodash-4.17.21.tgz")) == 1


def test_yarn_4_keeps_new_versions_back(machine):
    shell = machine("berry")
    del shell.environment["YARN_NPM_MINIMAL_AGE_GATE"]
    shell.write(".yarnrc.yml", blocks("yarn 4", "yaml")[0])
    assert "quarantined" in shell.run("yarn add lodash@4.17.21", fails=True)
    text = blocks("yarn 4", "yaml")[0].partition("unsafeHttpWhitelist")[0]
    shell.write(".yarnrc.yml", text)
    assert "Unsafe http requests must be explicitly whitelisted" in shell.run("yarn add lodash", fails=True)


@pytest.mark.parametrize("kind", SECTIONS)
def test_a_scope_has_a_registry_of_its_own(kind, front, own_front, machine):
    heading = "Packages of one scope from another registry"
    shell = machine(kind)
    if kind == "berry":
        shell.write(".yarnrc.yml", blocks(heading, "yaml")[0] + NODE_MODULES)
    else:
        shell.write(".npmrc", blocks(heading, "ini")[0])
    shell.run(f"{shell.home}/bin/* {'install' if kind == 'npm' else 'add'} @myorg/widgets")
    assert shell.version_of("@myorg/widgets") == "1.0.0"
    assert len(own_front.asked_for("widgets-1.0.0.tgz")) == 1 and len(front.asked_for("lodash-4.17.21.tgz")) == 1
    assert not any("myorg" in path for _, path, _ in front.requests) and not any("lodash" in path for _, path, _ in own_front.requests)
    assert len(own_front.credentials) == 1 and front.credentials == set()


def locked(shell, kind, address, tmp_path):
    """A project whose lockfile was made with another registry, which is at `address`."""
    made = CLIENTS[kind](tmp_path / "elsewhere", f"{shell.public}/", wanted={"lodash": "^4.17.20"})
    made.install()
    assert shell.public in made.lock or kind in ("berry", "pnpm")
    shell.wants(lodash="^4.17.20")
    (shell.project / made.lockfile).write_text(made.lock.replace(shell.public, address))
    return made.lockfile


@pytest.fixture
def project(machine, program, registry, tmp_path):
    """project(kind, address) -> a machine whose project has a lockfile made with the registry at that address."""
    def make(kind, address):
        shell = machine(kind)
        shell.public = registry.url
        heading, language, name = SECTIONS[kind.replace("npm10", "npm")]
        shell.write(name, blocks(heading, language)[0] + (NODE_MODULES if kind == "berry" else ""))
        shell.lockfile = locked(shell, kind, address, tmp_path)
        return shell
    return make


@pytest.mark.parametrize("kind", ["npm", "npm10", "berry", "pnpm"])
def test_a_lockfile_made_with_the_public_registry_is_installed_through_us(kind, front, project):
    shell = project(kind, PUBLIC)
    before = (shell.project / shell.lockfile).read_text()
    shell.run({"berry": "yarn install --immutable", "pnpm": "pnpm install --frozen-lockfile"}.get(kind, "npm ci"))
    assert shell.version_of("lodash") == "4.17.21" and len(front.asked_for(".tgz")) == 1
    assert (shell.project / shell.lockfile).read_text() == before


@pytest.mark.parametrize("address", [PUBLIC, "https://registry.yarnpkg.com"])
def test_yarn_classic_asks_what_the_lockfile_says_until_it_is_edited(address, front, project):
    shell = project("yarn", address)
    commands, = [block for block in blocks("Lockfiles", "sh") if "yarn" in block]
    assert address.removeprefix("https://") in shell.run("yarn install --frozen-lockfile", fails=True)
    shell.run(commands)
    assert shell.version_of("lodash") == "4.17.21" and len(front.asked_for(".tgz")) == 1


def test_npm_leaves_addresses_out_when_it_is_told_to(front, project, machine):
    shell = project("npm", PUBLIC)
    commands, = [block for block in blocks("Lockfiles", "sh") if "omit-lockfile" in block]
    shell.run(commands)
    lock = (shell.project / "package-lock.json").read_text()
    assert "sha512-" in lock and "http" not in lock
    other = machine("npm", "other")
    other.wants(lodash="^4.17.20")
    other.write(".npmrc", blocks("npm", "ini")[0])
    (other.project / "package-lock.json").write_text(lock)
    other.run("npm ci")
    assert other.version_of("lodash") == "4.17.21" and (other.project / "package-lock.json").read_text() == lock


@pytest.mark.parametrize("kind, address, works", [
    ("npm", "https://mirror.example", True), ("npm", "http://other.example/api/v1/remote/npm", True),
    ("npm10", "https://mirror.example", True), ("npm10", "http://other.example/api/v1/remote/npm", False)])
def test_npm_puts_us_in_the_place_of_any_registry(kind, address, works, front, project):
    shell = project(kind, address)
    command, = [block for block in blocks("Lockfiles", "sh") if "replace-registry-host" in block]
    before = (shell.project / shell.lockfile).read_text()
    shell.run("npm ci", fails=True)
    shell.run(command, fails=not works)
    assert len(front.asked_for(".tgz")) == (1 if works else 0) and (shell.project / shell.lockfile).read_text() == before


@pytest.mark.parametrize("kind", SECTIONS)
def test_variables_say_the_same(kind, front, machine):
    commands, = blocks("In CI", "sh")
    shell = machine(kind)
    if kind == "berry":
        shell.write(".yarnrc.yml", NODE_MODULES)
    shell.run(commands + {"npm": "npm install lodash"}.get(kind, f"{shell.home}/bin/* add lodash"))
    assert shell.version_of("lodash") == "4.17.21" and len(front.asked_for("lodash-4.17.21.tgz")) == 1


def test_an_audit_is_handed_on(front, machine):
    shell = machine("npm")
    shell.write(".npmrc", blocks("npm", "ini")[0])
    shell.run("npm install lodash")
    front.bodies.clear()
    assert "found 0 vulnerabilities" in shell.run(blocks("Audits", "sh")[0])
    assert len(front.bodies) == 1


def test_tarballs_are_fetched_ahead_as_the_guide_says(front, program, machine):
    command, = blocks("Fetching ahead", "sh")
    assert json.loads(machine("npm").run(command.replace("curl", "curl -sS")))["failed"] == 0
    assert becomes_stored(program, ["lodash/-/lodash-4.17.20.tgz", "lodash/-/lodash-4.17.21.tgz"])
    assert len(front.asked_for(".tgz")) == 2


def test_a_pattern_opens_one_scope(front, start):
    text = section("remotes.yaml")
    assert '`^@types/` as the only pattern' in re.sub(r"\s+", " ", text)
    program = start(front.url, remotes='remotes: {{npm: {{base_url: "{base_url}", type: remote, package: npm, immutable_patterns: ["^@team/"]}}}}\n')
    assert ask(remote(program) + "left")[0] == ask(remote(program) + "@team/core/-/core-1.2.0.tgz")[0] == 200
    status, headers, body = ask(remote(program) + "left/-/left-1.0.0.tgz")
    assert status == 403 and headers["Content-Type"].startswith("application/json") and "error" in json.loads(body)
    assert len(front.asked_for(".tgz")) == 1
