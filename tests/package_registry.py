"""An npm registry scripted on the upstream of upstream.py: documents in two forms, told apart by Accept as registries
do, and tarballs.

    registry = PackageRegistry()
    registry.publish("left-pad", {"1.0.0": b"bytes of the tarball"})
    running = server({"npm": packages(registry.base_url)})
"""

import base64
import hashlib
import json

from reply import Reply, Route
from server import remote
from upstream import Upstream

ABBREVIATED = "application/vnd.npm.install-v1+json"
INSTALL = [("Accept", f"{ABBREVIATED}; q=1.0, application/json; q=0.8, */*")]
FULL = [("Accept", "application/json")]


def packages(base_url, **keys):
    """A remote of packages; keys as in server.remote()."""
    return {**remote(base_url, **keys), "package": "npm"}


def integrity(content, algorithm="sha512"):
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


def target_of(name):
    """How a client asks for a package."""
    return "/" + name.replace("/", "%2f")


def tarball_path(name, version):
    return f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"


class PackageRegistry(Upstream):
    """`links_at`: what links of tarballs begin with; like all documents it may be changed."""

    def __init__(self, host="127.0.0.1", **more):
        self.abbreviated = {}  # target -> the reply to who wants that form
        super().__init__(host, **more)
        self.links_at = self.base_url

    def reply_to(self, request):
        wanted = (request.header("accept") or "").startswith(ABBREVIATED)
        if wanted and request.method in ("GET", "HEAD") and request.path in self.abbreviated:
            return self.abbreviated[request.path]
        return super().reply_to(request)

    def dist(self, name, version, content):
        link = self.links_at + tarball_path(name, version)
        return {"integrity": integrity(content), "shasum": hashlib.sha1(content).hexdigest(), "tarball": link}

    def publish(self, name, tarballs, dists=None, revision=1):
        """Puts a package up, with a tarball for each version; `dists` says other things of some. Returns its
        document, in full.
        """
        versions = {}
        for version, content in tarballs.items():
            dist = {**self.dist(name, version, content), **(dists or {}).get(version, {})}
            versions[version] = {"name": name, "version": version, "dist": dist}
            self.replace(tarball_path(name, version), lambda reply, body=content: reply.reply(200, body))
        document = {"name": name, "dist-tags": {"latest": max(tarballs, default="")}, "versions": versions}
        self.put_document(name, document, revision)
        return document

    def put_document(self, name, document, revision=1, abbreviated_type=ABBREVIATED):
        short = json.dumps({**document, "modified": "2024-01-01"}).encode()
        reply = Reply(Route()).reply(200, short, {"Content-Type": abbreviated_type}).etag(f'"short-{revision}"')
        self.abbreviated[target_of(name)] = reply
        whole = json.dumps({**document, "readme": "# " + name, "_id": name}).encode()
        kind = {"Content-Type": "application/json"}
        self.replace(target_of(name), lambda reply: reply.reply(200, whole, kind).etag(f'"full-{revision}"'))
