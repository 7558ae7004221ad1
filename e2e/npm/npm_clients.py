"""npm, yarn classic, yarn berry and pnpm, each as a machine with nothing of its own yet, and one project on it."""
import json
import subprocess

from availability import fetched_program, npm_package
from npm_registry import BIG, SECONDS, WANTED, environment


class Client:
    """What it keeps lies in `home`; its project asks `registry`, whose address ends with a slash."""
    package, program, lockfile, configuration = None, None, None, ".npmrc"
    own_files = ()   # what it writes into node_modules about itself

    def __init__(self, home, registry, wanted=WANTED, lock=None):
        self.home, self.registry, self.project = home, registry, home / "project"
        self.project.mkdir(parents=True)
        (self.project / "package.json").write_text(json.dumps({"name": "project", "version": "1.0.0", "private": True, "dependencies": wanted}))
        (self.project / self.configuration).write_text(self.settings())
        if lock is not None:
            (self.project / self.lockfile).write_text(lock)

    def settings(self):
        """The project's own configuration."""
        return f"registry={self.registry}\n"

    def environment(self):
        return environment(self.home)

    def run(self, *argv, fails=False):
        """What it said on both outputs."""
        argv = [fetched_program("node"), npm_package(self.package) / self.program, *map(str, argv)]
        done = subprocess.run(argv, env=self.environment(), cwd=self.project, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        assert fails is None or (done.returncode != 0) == fails, f"{argv} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def install(self, fails=False):
        """Resolves what is wanted, writes a lockfile, installs."""
        return self.run("install", fails=fails)

    def frozen(self, fails=False):
        """Installs what the lockfile says, or nothing."""
        return self.run(*self.frozen_install, fails=fails)

    @property
    def lock(self):
        return (self.project / self.lockfile).read_text()

    def version_of(self, name):
        return json.loads((self.project / "node_modules" / name / "package.json").read_text())["version"]

    def installed(self):
        """Every file and link below node_modules, but for what the client writes there about itself and for dependencies' programs."""
        root = self.project / "node_modules"
        found = {}
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(root))
            if "/.bin/" in name:
                continue
            if path.is_symlink():
                found[name] = str(path.readlink())
            elif path.is_file() and path.name not in self.own_files:
                found[name] = path.read_bytes().replace(str(self.home).encode(), b"HOME")
        return found

    def runs(self):
        """What the installed program says that a dependency's dependency is."""
        done = subprocess.run([self.project / "node_modules/.bin/team-cli"], env=environment(self.home), cwd=self.project, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        assert done.returncode == 0, done.stdout
        return done.stdout.strip()


class Npm(Client):
    package, program, lockfile = "npm@11", "bin/npm-cli.js", "package-lock.json"
    own_files = (".package-lock.json",)
    frozen_install = ("ci",)

    def run(self, *argv, fails=False):
        own = (f"--userconfig={self.home}/npmrc", f"--globalconfig={self.home}/none", f"--cache={self.home}/npm", f"--prefix={self.project}",
               "--fetch-retries=0", "--no-audit", "--no-fund", "--no-update-notifier")
        return super().run(*own, *argv, fails=fails)


class Npm10(Npm):
    package = "npm@10"


class Yarn(Client):
    """yarn classic"""
    package, program, lockfile, configuration = "yarn@1", "bin/yarn.js", "yarn.lock", ".yarnrc"
    own_files = (".yarn-integrity",)
    frozen_install = ("install", "--frozen-lockfile")

    def settings(self):
        return f'registry "{self.registry}"\n'

    def environment(self):
        return super().environment() | {"YARN_CACHE_FOLDER": str(self.home / "yarn"), "npm_config_globalconfig": str(self.home / "none")}

    def run(self, *argv, fails=False):
        return super().run(*argv, "--non-interactive", "--network-timeout", "20000", fails=fails)


class Berry(Client):
    """yarn 4"""
    package, program, lockfile, configuration = "@yarnpkg/cli-dist@4", "bin/yarn.js", "yarn.lock", ".yarnrc.yml"
    own_files = (".yarn-state.yml",)
    frozen_install = ("install", "--immutable")

    def settings(self):
        return (f'npmRegistryServer: "{self.registry}"\nunsafeHttpWhitelist: ["127.0.0.1"]\nnodeLinker: node-modules\n')

    def environment(self):
        return super().environment() | {"YARN_GLOBAL_FOLDER": str(self.home / "berry"), "YARN_ENABLE_GLOBAL_CACHE": "true",
                                        "YARN_ENABLE_TELEMETRY": "0", "YARN_HTTP_RETRY": "0", "YARN_NPM_MINIMAL_AGE_GATE": "0",
                                        "YARN_IGNORE_PATH": "1"}

    def install(self, fails=False):
        return self.run("install", "--no-immutable", fails=fails)


class Pnpm(Client):
    package, program, lockfile = "pnpm@10", "bin/pnpm.cjs", "pnpm-lock.yaml"
    own_files = (".modules.yaml", ".pnpm-workspace-state-v1.json", "lock.yaml")
    frozen_install = ("install", "--frozen-lockfile")

    def environment(self):
        return super().environment() | {"npm_config_userconfig": str(self.home / "npmrc"), "npm_config_globalconfig": str(self.home / "none"),
                                        "npm_config_store_dir": str(self.home / "store"), "npm_config_cache_dir": str(self.home / "pnpm"),
                                        "npm_config_fetch_retries": "0", "npm_config_update_notifier": "false"}


CLIENTS = {"npm": Npm, "npm10": Npm10, "yarn": Yarn, "berry": Berry, "pnpm": Pnpm}


def without_address(client):
    """Its lockfile; some name the registry in it."""
    return client.lock.replace(client.registry, "REGISTRY/")


def same(client, direct):
    assert client.installed() == direct.installed() and BIG in client.installed().values()
    assert without_address(client) == without_address(direct)
    assert client.runs() == "@team/core@1.2.0"
