"""The Debian package: what is in it, and installing, serving from, upgrading and purging it in a private root."""
import os
import subprocess

import pytest

from availability import unavailable
from packages import need, run
from program import Program

# There is no bug that asks for the package, and the build may be one without optimisation.
NOT_FOR_US = "initial-upload-closes-no-bugs"
REMOTES = 'remotes:\n  files:\n    base_url: "http://127.0.0.1:9"\n    type: "remote"\n    package: "generic"\n'


def field(deb, name):
    return run("dpkg-deb", "--field", deb, name).stdout.strip()


def test_lintian_has_nothing_to_say(deb):
    need("lintian")
    done = run("lintian", "--allow-root", "--fail-on", "error,warning", "--suppress-tags", NOT_FOR_US, deb, check=False)
    assert done.returncode == 0, done.stdout


def test_the_libraries_it_needs_are_its_dependencies(deb, binary):
    depends = field(deb, "Depends")
    for library in ("libc6", "libcurl4", "libssl3", "libsqlite3-0", "libstdc++6"):
        assert f"{library} " in depends
    assert "ca-certificates" in depends


def test_the_extracted_program_serves(deb, tmp_path, binary):
    run("dpkg-deb", "-x", deb, tmp_path / "root")
    program = tmp_path / "root/usr/bin/artifactapi"
    assert run(program, "version").stdout == run(binary, "version").stdout
    assert run(program, "check-config", "--config", tmp_path / "root/etc/artifactapi/remotes.yaml").stdout
    served = Program(program, tmp_path / "work", REMOTES)
    served.start()
    served.stop()
    assert served.process.returncode == 0, served.log_text()


class DpkgRoot:
    """A root directory with a package database of its own, in which maintainer scripts run without chroot."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "etc", "usr/lib"):
            (folder / name).mkdir(parents=True)
        (folder / "lib").symlink_to("usr/lib")
        (folder / "var/lib/dpkg/status").touch()

    def dpkg(self, *arguments):
        return run("dpkg", f"--root={self.folder}", "--force-script-chrootless", "--force-depends", "--force-confold",
                   f"--log={self.folder}/dpkg.log", *arguments, stdin=subprocess.DEVNULL)

    def status(self):
        return run("dpkg-query", f"--admindir={self.folder}/var/lib/dpkg", "-W", "-f", "${db:Status-Status}", "artifactapi").stdout


@pytest.fixture
def root(tmp_path):
    need("dpkg", "systemd-sysusers", "deb-systemd-helper")
    if os.geteuid() != 0:
        unavailable("dpkg --root needs root")
    return DpkgRoot(tmp_path / "root")


def test_installing_makes_the_user_and_enables_nothing(root, deb):
    root.dpkg("-i", deb)
    assert root.status() == "installed"
    assert "\nartifactapi:" in "\n" + (root.folder / "etc/passwd").read_text()
    assert not list((root.folder / "etc").rglob("*.wants"))
    assert run(root.folder / "usr/bin/artifactapi", "version").stdout.startswith("artifactapi ")


def test_an_upgrade_keeps_the_edited_configuration_and_the_cache(root, deb):
    root.dpkg("-i", deb)
    configuration = root.folder / "etc/artifactapi/remotes.yaml"
    configuration.write_text(REMOTES)
    cache = root.folder / "var/lib/artifactapi/blobs"
    cache.mkdir(parents=True)
    root.dpkg("-i", deb)
    assert configuration.read_text() == REMOTES
    root.dpkg("-r", "artifactapi")
    assert configuration.exists() and cache.exists()
    assert not (root.folder / "usr/bin/artifactapi").exists()


def test_purging_leaves_nothing_but_the_user(root, deb):
    root.dpkg("-i", deb)
    (root.folder / "var/lib/artifactapi").mkdir(parents=True)
    root.dpkg("-P", "artifactapi")
    left = list(root.folder.rglob("*artifactapi*"))
    assert left == []
    assert "\nartifactapi:" in "\n" + (root.folder / "etc/passwd").read_text()
