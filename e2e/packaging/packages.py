"""Commands, and an installation below a DESTDIR."""
import os
import shutil
import subprocess

from availability import unavailable


def run(*command, check=True, **more):
    """A command's CompletedProcess; its whole output is in the failure."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, **more)
    assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}"
    return done


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            unavailable(f"{tool} is not installed")


def install(build, destination, prefix="/usr/local"):
    run("cmake", "--install", build, "--prefix", prefix, "--component", "program", "--strip",
        env={**os.environ, "DESTDIR": str(destination)})
