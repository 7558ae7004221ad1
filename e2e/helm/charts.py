"""Charts made with helm itself, and helm as a client with nothing of its own yet."""
import os
import subprocess
import time

from availability import fetched_program

SECONDS = 60


class Helm:
    """One machine: its repositories and its cache lie in `home`."""

    def __init__(self, home):
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "HELM_CACHE_HOME": str(home / "cache"),
                            "HELM_CONFIG_HOME": str(home / "config"), "HELM_DATA_HOME": str(home / "data")}

    def __call__(self, *argv, fails=False, cwd=None):
        done = subprocess.run([fetched_program("helm"), *map(str, argv)], env=self.environment, cwd=cwd or self.home, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        assert (done.returncode != 0) == fails, f"helm {' '.join(map(str, argv))} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def pull(self, chart, version, *options):
        """The chart's archive, byte for byte."""
        self("pull", f"test/{chart}", "--version", version, *options)
        return (self.home / f"{chart}-{version}.tgz").read_bytes()


class Charts:
    """A folder as a web server has it: index.yaml and archives."""

    def __init__(self, work, folder):
        self.folder, self.helm = folder, Helm(work / "maker")
        self._changed = int(time.time()) - 1000
        folder.mkdir(parents=True)

    def package(self, name, version):
        if not (self.helm.home / name).exists():
            self.helm("create", name)
        self.helm("package", name, "--version", version, "--destination", self.folder)
        return self.archive(name, version)

    def archive(self, name, version):
        return (self.folder / f"{name}-{version}.tgz").read_bytes()

    def index(self, *options):
        self.helm("repo", "index", self.folder, *options)
        # A Last-Modified counts seconds, and two versions of a test are nearer than that.
        self._changed += 10
        os.utime(self.folder / "index.yaml", (self._changed, self._changed))

    def text(self):
        return (self.folder / "index.yaml").read_text()
