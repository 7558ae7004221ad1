"""Runs code in a network of its own: addresses that look public, a resolver that never answers, no outside.

Namespaces belong to threads, and what a thread starts (threads, processes, sockets) is born into its
namespaces. So the body of a test runs in one thread that has left the machine's network; the rest of the
process never notices.
"""

import ctypes
import functools
import os
import subprocess
import threading

import pytest

_CLONE_NEWNS, _CLONE_NEWNET = 0x00020000, 0x40000000
_MS_REC, _MS_PRIVATE, _MS_BIND = 0x4000, 0x40000, 0x1000
_libc = ctypes.CDLL(None, use_errno=True)


def _unshare(flags):
    if _libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def _mount(source, target, flags):
    if _libc.mount(source.encode(), target.encode(), None, flags, None) != 0:
        raise OSError(ctypes.get_errno(), f"mount {target}")


@functools.cache
def available():
    """Whether this process may make namespaces (root, or CAP_SYS_ADMIN) and has the ip command."""
    if os.geteuid() != 0:
        return False
    return (
        subprocess.run(
            ["unshare", "-n", "-m", "ip", "link", "set", "lo", "up"], capture_output=True, check=False
        ).returncode
        == 0
    )


def isolated(addresses=(), resolv_conf=None):
    """Decorator: runs the test in a network with only a loopback that also has `addresses`, and with its own
    /etc/resolv.conf.
    """

    def decorate(test):
        @functools.wraps(test)
        def inside(*args, **kwargs):
            if not available():
                pytest.skip("LOUD: needs root (or CAP_SYS_ADMIN) and iproute2 for a network namespace")
            outcome = []

            def body():
                try:
                    _enter(addresses, resolv_conf)
                    test(*args, **kwargs)
                except BaseException as error:  # handed to the test's own thread, whatever it is
                    outcome.append(error)

            thread = threading.Thread(target=body)
            thread.start()
            thread.join()
            if outcome:
                raise outcome[0]

        return inside

    return decorate


def _enter(addresses, resolv_conf):
    _unshare(_CLONE_NEWNET | _CLONE_NEWNS)
    _mount("none", "/", _MS_REC | _MS_PRIVATE)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in addresses:
        subprocess.run(["ip", "addr", "add", address, "dev", "lo"], check=True)
    if resolv_conf is not None:
        file = f"/tmp/artifactapi-resolv-{os.getpid()}-{threading.get_native_id()}"
        with open(file, "w", encoding="ascii") as out:
            out.write(resolv_conf)
        try:
            _mount(file, os.path.realpath("/etc/resolv.conf"), _MS_BIND)
        finally:
            os.unlink(file)
