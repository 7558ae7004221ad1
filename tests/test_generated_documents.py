"""The manual page and the completions that the program prints: complete, and without a complaint of their readers."""

import os
import re
import shutil
import subprocess

import pytest

from server import run

FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")
VARIABLE = re.compile(r"\bDB[A-Z]+\b|\b[A-Z]+_[A-Z_]+\b")
COMMANDS = ("serve", "check-config", "version")


def document(name):
    done = run(["generate", name])
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def printed_help():
    return run(["--help"]).stdout


def flags_of(name):
    """The flags that a document knows, as --flag."""
    text = document(name)
    if name == "man":
        return set(FLAG.findall(re.sub(r"\\f.", "", text).replace("\\-", "-")))
    if name == "fish":
        return {"--" + flag for flag in re.findall(r" -l ([a-z-]+)", text)}
    if name == "zsh":
        return set(re.findall(r"^  '(--[a-z-]+)=?\[", text, re.MULTILINE))
    (words,) = re.findall(r"_artifactapi_words '(--[^']*)'", text)
    return set(words.split())


def read_by(*command, text, env=None):
    """What a shell or formatter says about a document on its standard input."""
    if not shutil.which(command[0]):
        if os.environ.get("CI"):
            pytest.fail(f"{command[0]} is not installed")
        pytest.skip(f"LOUD: {command[0]} is not installed")
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=60, env={**os.environ, **(env or {})}
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name", ["man", "bash", "zsh", "fish"])
def test_every_flag_of_the_help_is_in_each_and_no_other(name):
    wanted = set(FLAG.findall(printed_help()))
    assert len(wanted) > 20
    assert flags_of(name) == wanted


@pytest.mark.parametrize("name", ["man", "bash", "zsh", "fish"])
def test_every_subcommand_is_in_each(name):
    text = document(name).replace("\\-", "-")
    for command in COMMANDS:
        assert re.search(rf"(?<![\w-]){command}(?![\w-])", text), command


def test_the_manual_page_has_every_variable_of_the_help():
    page = document("man")
    wanted = set(VARIABLE.findall(printed_help()))
    assert {"DBHOST", "NO_PROXY", "ARTIFACTAPI_LISTEN"} <= wanted
    for variable in wanted:
        assert variable in page, variable


def test_man_formats_the_page_without_a_warning():
    code, out, err = read_by(
        "man", "--warnings", "-l", "-", text=document("man"), env={"MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"}
    )
    assert (code, err) == (0, "")
    assert "--upstream-first-byte-timeout TIME" in out.replace("\u2010", "-")


def test_mandoc_has_no_warning():
    code, out, err = read_by("mandoc", "-T", "lint", "-W", "warning", text=document("man"))
    assert (code, out, err) == (0, "", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_can_read_its_script(shell, tmp_path):
    script = tmp_path / "script"
    script.write_text(document(shell))
    code, out, err = read_by(shell, "-n", str(script), text="")
    assert (code, out, err) == (0, "", "")


def bash_completes(words, folder):
    """What bash offers when TAB is pressed after these words; the last one may be unfinished."""
    words = ["artifactapi", *words]
    quoted = " ".join(f"'{word}'" for word in words)
    script = (
        document("bash") + f"\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}\n_artifactapi\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(["bash", "--norc"], input=script, capture_output=True, text=True, cwd=folder, timeout=20)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_bash_offers_commands_flags_choices_and_files(tmp_path):
    (tmp_path / "remotes.yaml").touch()
    (tmp_path / "store").mkdir()
    assert bash_completes([""], tmp_path) == set(COMMANDS)
    assert bash_completes(["serve", "--log"], tmp_path) == {"--log-format", "--log-level"}
    assert bash_completes(["--log-format", ""], tmp_path) == {"text", "json"}
    assert bash_completes(["--log-level", "=", "w"], tmp_path) == {"warning"}
    assert bash_completes(["--config", "re"], tmp_path) == {"remotes.yaml"}
    assert bash_completes(["--data-dir", "="], tmp_path) == {"store"}
    assert bash_completes(["--listen", ""], tmp_path) == set()


def test_fish_offers_commands_flags_and_choices(tmp_path):
    script = tmp_path / "artifactapi.fish"
    script.write_text(document("fish"))

    def offers(line):
        code, out, err = read_by(
            "fish", "--no-config", "-c", f"source {script}; complete -C '{line}'", text="", env={"HOME": str(tmp_path)}
        )
        assert (code, err) == (0, "")
        return {each.split("\t")[0] for each in out.splitlines()}

    assert set(COMMANDS) <= offers("artifactapi ")
    assert offers("artifactapi serve --log-") == {"--log-format", "--log-level"}
    assert offers("artifactapi --log-format ") == {"text", "json"}


def test_zsh_offers_commands_flags_and_choices(tmp_path):
    """In a terminal of its own: completion works only in zsh's line editor."""
    (tmp_path / "_artifactapi").write_text(document("zsh"))
    setup = (
        f"fpath=({tmp_path} $fpath); autoload -U compinit; compinit -u -D; compdef _artifactapi artifactapi\n"
        "zmodload zsh/zpty\n"
        'zpty z "zsh -f -i"\n'
        f"zpty -w z 'fpath=({tmp_path} $fpath); autoload -U compinit; compinit -u -D; PS1=; LISTMAX=1000; echo rea\"\"dy'\n"
        "zpty -r z out '*ready*'\n"
        "zpty -w -n z $'artifactapi --log-\\t\\t'\n"
        "zpty -r z out '*--log-level*'\nprint -r -- $out\n"
        "zpty -w -n z $'\\x15artifactapi check\\t'\n"
        "zpty -r z out '*check-config*'\nprint -r -- $out\n"
        "zpty -d z\n"
    )
    code, out, err = read_by("zsh", "-f", "-c", setup, text="", env={"TERM": "dumb"})
    assert code == 0, out + err
    assert "--log-format" in out and "--log-level" in out and "what is written to the log" in out
    assert "check-config" in out


def test_a_document_of_another_name_is_wrong_use():
    assert run(["generate", "tcsh"]).returncode == 2
