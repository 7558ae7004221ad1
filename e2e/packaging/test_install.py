"""`make install` and `make uninstall`, below a DESTDIR of their own."""
import os
from pathlib import Path

from packages import install, run

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "usr/local/bin/artifactapi",
    "usr/local/share/man/man1/artifactapi.1.gz",
    "usr/local/share/bash-completion/completions/artifactapi",
    "usr/local/share/zsh/site-functions/_artifactapi",
    "usr/local/share/fish/vendor_completions.d/artifactapi.fish",
    "usr/local/share/doc/artifactapi/examples/remotes.yaml",
    "usr/local/lib/systemd/system/artifactapi.service",
    "usr/local/lib/sysusers.d/artifactapi.conf",
    "etc/artifactapi/remotes.yaml",
}


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_every_file_is_in_its_place_and_readable_by_all(installed):
    assert files(installed) == FILES
    for name in FILES:
        assert (installed / name).stat().st_mode & 0o444 == 0o444, name


def test_the_installed_program_is_stripped_and_runs(installed):
    program = installed / "usr/local/bin/artifactapi"
    assert run(program, "version").stdout.startswith("artifactapi ")
    assert ".debug_info" not in run("readelf", "-S", program).stdout


def test_an_edited_configuration_is_kept_by_installing_and_by_uninstalling(build, tmp_path):
    install(build, tmp_path)
    configuration = tmp_path / "etc/artifactapi/remotes.yaml"
    configuration.write_text("remotes: {}\n")
    install(build, tmp_path)
    assert configuration.read_text() == "remotes: {}\n"
    run(ROOT / "packaging/uninstall", build / "install_manifest_program.txt", env={**os.environ, "DESTDIR": str(tmp_path)})
    assert files(tmp_path) == {"etc/artifactapi/remotes.yaml"}


def test_another_prefix_holds_everything(build, tmp_path):
    install(build, tmp_path, "/opt/artifactapi")
    assert {name.split("/")[0] for name in files(tmp_path)} == {"opt"}
    unit = (tmp_path / "opt/artifactapi/lib/systemd/system/artifactapi.service").read_text()
    assert "ExecStart=/opt/artifactapi/bin/artifactapi serve\n" in unit
    assert "ARTIFACTAPI_CONFIG=/opt/artifactapi/etc/artifactapi/remotes.yaml\n" in unit
