"""Registries of two makes as child processes on free loopback ports; they end with the test module."""
from availability import fetched_program
from served import Served

DISTRIBUTION = """version: 0.1
log: {{level: info, formatter: text}}
storage:
  filesystem: {{rootdirectory: {root}/store}}
  delete: {{enabled: false}}
http:
  addr: 127.0.0.1:0
  secret: e2e
{more}
"""
BASIC = """auth:
  htpasswd: {{realm: e2e, path: {htpasswd}}}
"""
PULL_THROUGH = """proxy:
  remoteurl: {url}
"""


def distribution(directory, more=""):
    """docker-registry, from Debian."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.yml").write_text(DISTRIBUTION.format(root=directory, more=more))
    return Served([fetched_program("docker-registry"), "serve", directory / "config.yml"], directory / "log",
                  r"listening on 127\.0\.0\.1:(\d+)")


def distribution_with_password(directory, htpasswd):
    """The same behind Basic authentication; `htpasswd` is a line with a bcrypt hash."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "htpasswd").write_text(htpasswd)
    return distribution(directory, BASIC.format(htpasswd=directory / "htpasswd"))


def in_memory(directory):
    """go-containerregistry's registry: another make, which keeps everything in memory."""
    directory.mkdir(parents=True, exist_ok=True)
    return Served([fetched_program("crane"), "registry", "serve", "--address", "127.0.0.1:0"], directory / "log",
                  r"serving on .*?:?(\d+)\s")


MAKES = {"docker-registry": distribution, "go-containerregistry": in_memory}
