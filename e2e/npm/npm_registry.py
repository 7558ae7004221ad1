"""Packages written here and published with npm itself, and the registry that holds them: verdaccio, which asks no other."""
import base64
import hashlib
import json
import os
import random
import shutil
import subprocess
from pathlib import Path

from availability import CLIENTS, fetched_program, npm_package
from served import Served

SECONDS = 120
CONFIG = """storage: {folder}/storage
auth: {{htpasswd: {{file: {folder}/htpasswd, max_users: -1}}}}
uplinks: {{}}
packages: {{"**": {{access: $all, publish: $all, unpublish: $all}}}}
middlewares: {{}}
log: {{type: stdout, format: json, level: warn}}
web: {{enable: false}}
"""
NOWHERE = "http://127.0.0.1:1"


def environment(home):
    """Nothing of the machine's own: no npmrc, no registry, no proxy. Whoever asks another registry than ours is refused at once."""
    return {"PATH": os.pathsep.join([str(CLIENTS / "bin"), os.defpath]), "HOME": str(home), "LANG": "C.UTF-8",
            "XDG_CACHE_HOME": str(home / "cache"), "XDG_CONFIG_HOME": str(home / "config"), "XDG_DATA_HOME": str(home / "share"),
            "XDG_STATE_HOME": str(home / "state"), "HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE, "http_proxy": NOWHERE, "https_proxy": NOWHERE,
            "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


class Verdaccio:
    """A registry with its storage in `folder`; started again it is at another address."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.yaml").write_text(CONFIG.format(folder=folder))

    def start(self):
        argv = [fetched_program("node"), Path(__file__).with_name("serve.cjs"), npm_package("verdaccio@6"), self.folder / "config.yaml"]
        self._served = Served(argv, self.folder / "log", r"listening on (\d+)", environment(self.folder))
        self.url = self._served.url
        return self

    def stop(self):
        self._served.stop()

    def protect(self, user, password):
        """From the next start on nobody reads without these."""
        self.authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        hashed = base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()
        (self.folder / "htpasswd").write_text(f"{user}:{{SHA}}{hashed}\n")
        config = self.folder / "config.yaml"
        config.write_text(config.read_text().replace("access: $all", "access: $authenticated"))

    def npm(self, *argv):
        """npm as a publisher. verdaccio takes everything from everybody, but npm wants to have a token."""
        host = self.url.removeprefix("http:")
        rc = self.folder / "publisher.npmrc"
        rc.write_text(f"registry={self.url}/\n{host}/:_authToken=none\nupdate-notifier=false\nfetch-retries=0\ncache={self.folder}/cache\n")
        program = npm_package("npm@11") / "bin/npm-cli.js"
        done = subprocess.run([fetched_program("node"), program, *map(str, argv), "--userconfig", rc, "--globalconfig", self.folder / "none"],
                              env=environment(self.folder), cwd=self.folder, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        assert done.returncode == 0, f"npm {argv} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def publish(self, name, version, tag="latest", files=(), **manifest):
        """A package written to a folder, which `files` adds to."""
        source = source_of(self.folder, name, version)
        source.mkdir(parents=True)
        (source / "package.json").write_text(json.dumps({"name": name, "version": version, "license": "MIT", **manifest}, indent=2))
        (source / "index.js").write_text(f"module.exports = {json.dumps(f'{name}@{version}')};\n")
        (source / "README.md").write_text(f"# {name}\n\nWhere {self.url}/{name}/-/ is only a word, with \"quotes\" and \u00fcml\u00e4uts.\n")
        for path, content in dict(files).items():
            (source / path).write_bytes(content)
        self.npm("publish", source, "--tag", tag)

    def tarball(self, name, version):
        """Where verdaccio keeps it."""
        return self.folder / "storage" / name / f"{name.rpartition('/')[2]}-{version}.tgz"

    def document(self, name):
        return self.folder / "storage" / name / "package.json"

    def copy(self, folder):
        """Another registry with the same packages, not started."""
        shutil.copytree(self.folder, folder)
        return Verdaccio(folder)


def source_of(folder, name, version):
    return folder / "sources" / f"{name.replace('/', '_')}-{version}"


BIG = random.Random(1).randbytes(600_000)   # more than is answered out of memory, and it does not compress


def publish_usual(registry):
    """Plain and scoped ones, with dependencies among them, a program, a tag, a deprecated version, and one for another system."""
    registry.publish("left", "1.0.0")
    registry.publish("left", "1.1.0")
    registry.publish("left", "2.0.0-beta.1", tag="next")
    registry.publish("elsewhere", "1.0.0", os=["win32"])
    registry.publish("@team/core", "1.0.0", dependencies={"left": "^1.0.0"})
    registry.publish("@team/core", "1.2.0", dependencies={"left": "^1.0.0"}, files={"big.bin": BIG}, engines={"node": ">=18"})
    registry.publish("@team/cli", "1.0.0", dependencies={"@team/core": "^1.0.0"}, bin={"team-cli": "cli.js"},
                     files={"cli.js": b"#!/usr/bin/env node\nconsole.log(require('@team/core'));\n"})
    registry.publish("demo", "1.0.0", dependencies={"left": "1.0.0"})
    registry.publish("demo", "1.1.0", dependencies={"left": "~1.0.0", "@team/core": "1.0.0"}, optionalDependencies={"elsewhere": "1.0.0"},
                     peerDependencies={"@team/cli": "1.x"}, keywords=["demonstration"], description="What is installed here")
    registry.npm("deprecate", "demo@1.0.0", "use 1.1.0")


WANTED = {"demo": "^1.0.0", "@team/cli": "^1.0.0", "left": "^1.0.0"}
# What every client makes of it.
CHOSEN = {"demo": "1.1.0", "@team/cli": "1.0.0", "left": "1.1.0"}
