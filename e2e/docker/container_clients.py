"""The clients, each with directories of its own; a pull returns the digests of all that the client wrote."""
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from availability import FETCHED, fetched_program

SECONDS = 60         # of one command
START_SECONDS = 20

CONTAINERD = """version = 2
root = "{root}/root"
state = "{root}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "{root}/sock"
[ttrpc]
  address = "{root}/ttrpc"
"""


def run(*argv, env=None, fails=False):
    """What the program printed on its standard output, or on both when it shall fail."""
    done = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS,
                          env={**os.environ, **(env or {})})
    assert (done.returncode != 0) == fails, f"{' '.join(map(str, argv))} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout + (done.stderr if fails else "")


def digests_in(folder):
    """SHA-256 of every file below a folder: what a client wrote is compared by content, whatever it calls its files."""
    return {"sha256:" + hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


class Skopeo:
    def __init__(self, work):
        self.work, self._copies = work, 0

    def copy(self, reference, *options, conf=None):
        """To a directory; `conf` is a registries.conf."""
        self._copies += 1
        folder = self.work / f"skopeo{self._copies}"
        registries = ["--registries-conf", conf] if conf else []
        run(fetched_program("skopeo"), "--insecure-policy", "--override-os", "linux", "--override-arch", "amd64", *registries,
            "copy", "--quiet", "--src-tls-verify=false", *options, f"docker://{reference}", f"dir:{folder}")
        return digests_in(folder)


class Crane:
    def __init__(self, work):
        self.work, self._pulls = work, 0
        (work / "docker-config").mkdir(parents=True, exist_ok=True)

    def __call__(self, *argv, fails=False):
        return run(fetched_program("crane"), "--insecure", *argv, env={"DOCKER_CONFIG": str(self.work / "docker-config")}, fails=fails)

    def pull(self, reference, *options):
        self._pulls += 1
        folder = self.work / f"crane{self._pulls}"
        self("pull", "--format=oci", *options, reference, folder)
        return digests_in(folder / "blobs")


class Daemon:
    """A client's daemon of our own, below a short path (the names of its sockets must not be long)."""

    def __init__(self, name):
        self.root = Path(tempfile.mkdtemp(prefix=name, dir="/tmp"))
        self.process = None

    def _start(self, argv, probe):
        """`probe` is a command that succeeds once the daemon answers."""
        log = self.root / "log"
        path = os.pathsep.join([*map(str, FETCHED), os.environ["PATH"]])   # for runc, and containerd below dockerd
        with open(log, "wb") as out:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, "PATH": path})
        deadline = time.monotonic() + START_SECONDS
        while subprocess.run(probe, capture_output=True, timeout=SECONDS).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(errors="replace")
                self.stop()
                raise RuntimeError(f"{argv[0]} did not start:\n{said[-2000:]}")
            time.sleep(0.05)

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)


class Containerd(Daemon):
    """containerd without its CRI part, and ctr."""

    def __init__(self):
        super().__init__("ctrd")
        (self.root / "config.toml").write_text(CONTAINERD.format(root=self.root))
        self._start([fetched_program("containerd"), "--config", self.root / "config.toml", "--log-level", "warn"],
                    [fetched_program("ctr"), "--address", self.root / "sock", "version"])

    def ctr(self, *argv):
        return run(fetched_program("ctr"), "--address", self.root / "sock", *argv)

    def pull(self, reference, hosts, *options):
        """Pulls through the hosts.toml files below `hosts`, and unpacks."""
        self.ctr("images", "pull", "--hosts-dir", hosts, "--snapshotter", "native", *options, reference)
        return set(self.ctr("content", "ls", "-q").split())

    def forget(self):
        """As on a new node: no image, no content."""
        for name in self.ctr("images", "ls", "-q").split():
            self.ctr("images", "rm", "--sync", name)
        left = self.ctr("content", "ls", "-q").split()
        if left:
            self.ctr("content", "rm", *left)


class Dockerd(Daemon):
    """dockerd without networks, and docker; `settings` is what a daemon.json says."""

    def __init__(self, settings):
        super().__init__("dockerd")
        settings = {**settings, "data-root": f"{self.root}/data", "exec-root": f"{self.root}/exec",
                    "pidfile": f"{self.root}/pid", "hosts": [f"unix://{self.root}/sock"], "storage-driver": "vfs",
                    "bridge": "none", "iptables": False, "ip6tables": False}
        (self.root / "daemon.json").write_text(json.dumps(settings))
        self._start([fetched_program("dockerd"), "--config-file", self.root / "daemon.json"], self._docker("version"))

    def _docker(self, *argv):
        return [fetched_program("docker"), "--config", self.root / "client", "--host", f"unix://{self.root}/sock", *argv]

    def pull(self, reference):
        """The layers as docker keeps them unpacked do not have their digests: what it says of the image is returned."""
        run(*self._docker("pull", "--quiet", reference))
        return json.loads(run(*self._docker("image", "inspect", reference)))[0]

    def forget(self):
        run(*self._docker("image", "prune", "--all", "--force"))


def write_hosts(folder, registry, host, **settings):
    """A hosts.toml: what containerd is told to ask instead of the registry; `server`, its last resort, answers nobody."""
    directory = folder / registry
    directory.mkdir(parents=True, exist_ok=True)
    lines = ['server = "http://127.0.0.1:1"', f'[host."{host}"]', '  capabilities = ["pull", "resolve"]',
             *[f"  {key} = {json.dumps(value)}" for key, value in settings.items()]]
    (directory / "hosts.toml").write_text("\n".join(lines) + "\n")
    return folder
