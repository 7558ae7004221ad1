"""apt and dpkg in a directory of their own: nothing of the machine's package state is read for writing or written.

The settings go into a file named by APT_CONFIG, which apt reads before its own: so the machine's apt.conf.d, with
hooks that work on /var/cache/apt, is never read at all.
"""
import os
import re
import subprocess
from pathlib import Path

DIRECTORIES = ("etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d", "etc/apt/trusted.gpg.d",
               "var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/log/apt",
               "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers")

SETTINGS = """Dir "{root}/";
Dir::State::status "{root}/var/lib/dpkg/status";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "{languages}";
Acquire::Retries "0";
Acquire::http::Proxy "DIRECT";
Acquire::http::Timeout "20";
Acquire::Check-Valid-Until "false";
DPkg::Use-Pty "false";
DPkg::Options {{ "--root={root}"; "--log={root}/var/log/dpkg.log"; "--force-unsafe-io"; }};
"""

# libc6 is taken as installed, with the version the machine runs: the package under test needs it, and a real one
# would have to run its maintainer scripts inside the root.
STAND_IN = ("Package: ${Package}\\nStatus: install ok installed\\nMaintainer: none\\nArchitecture: ${Architecture}\\n"
            "Multi-Arch: same\\nVersion: ${Version}\\nDescription: stand-in\\n\\n")


class Mirror:
    """Where the machine's own apt gets its distribution from: url, suite, component, keyrings."""

    def __init__(self, url, suite, component, keyrings):
        self.url, self.suite, self.component, self.keyrings = url, suite, component, keyrings

    @property
    def probe(self):
        return f"{self.url}/dists/{self.suite}/InRelease"


def machines_mirror():
    """The first http(s) mirror of the machine's distribution among its apt sources, or None."""
    listing = subprocess.run(
        ["apt-get", "indextargets", "--no-release-info", "--format",
         "$(CREATED_BY)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SOURCESENTRY)", "Target-Of: deb"],
        capture_output=True, text=True, timeout=30).stdout
    distribution = re.search(r'^ID="?(\w+)', Path("/etc/os-release").read_text(), re.M)[1]
    for line in listing.splitlines():
        created_by, url, suite, component, entry = line.split("|")
        if created_by != "Packages" or not re.match(rf"https?://.*/{distribution}/?$", url) or "-" in suite:
            continue
        source = Path(entry.rsplit(":", 1)[0])
        keyrings = re.findall(r"signed-by\s*[:=]\s*(/[^\s\],]+)", source.read_text(), re.I) if source.exists() else []
        return Mirror(url.rstrip("/"), suite, component, sorted(set(keyrings)))
    return None


class PrivateRoot:
    def __init__(self, root, mirror, url, languages="none"):
        """An empty root whose only source is `url`, with the suite, component and keys of `mirror`; `languages` are
        those of the package descriptions apt is to fetch, several MB each."""
        self.root = root
        for name in DIRECTORIES:
            (root / name).mkdir(parents=True)
        options = f"[signed-by={','.join(mirror.keyrings)}] " if mirror.keyrings else ""
        if not mirror.keyrings:
            for key in Path("/etc/apt/trusted.gpg.d").glob("*"):
                (root / "etc/apt/trusted.gpg.d" / key.name).symlink_to(key)
        (root / "etc/apt/sources.list").write_text(f"deb {options}{url} {mirror.suite} {mirror.component}\n")
        (root / "apt.conf").write_text(SETTINGS.format(root=root, languages=languages))
        stand_in = subprocess.run(["dpkg-query", "-W", "-f", STAND_IN, "libc6"], capture_output=True, text=True, check=True)
        (root / "var/lib/dpkg/status").write_text(stand_in.stdout)
        (root / "var/lib/dpkg/available").touch()

    def apt_get(self, *arguments):
        """Runs apt-get; returns its whole output, raises AssertionError with it when it fails or warns."""
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        environment |= {"APT_CONFIG": str(self.root / "apt.conf"), "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(["apt-get", "--yes", *arguments], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=90)
        failed = done.returncode != 0 or re.search(r"^(E|W|Err):", done.stdout, re.M)
        assert not failed, f"apt-get {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def greeting(self):
        """What the installed program says."""
        return subprocess.run([self.root / "usr/bin/hello"], capture_output=True, text=True, check=True, timeout=10,
                              env={"LC_ALL": "C"}).stdout
