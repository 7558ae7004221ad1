"""An image registry scripted on the upstream of upstream.py: images of a manifest, a configuration and layers."""

import hashlib
import json

from body import as_body
from server import remote

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def images(base_url, **keys):
    """A remote of images; keys as in server.remote()."""
    return {**remote(base_url, **keys), "package": "docker"}


class Registry:
    """What the upstream serves below `prefix` + /v2/."""

    def __init__(self, upstream, prefix=""):
        self.upstream = upstream
        self.prefix = prefix

    def path(self, name, kind, reference):
        return f"{self.prefix}/v2/{name}/{kind}/{reference}"

    def blob(self, name, content):
        """Publishes a blob; returns its digest."""
        body = as_body(content)
        digest = "sha256:" + body.sha256
        reply = self.upstream.when(self.path(name, "blobs", digest)).reply(200, body).with_ranges()
        reply.header("Content-Type", "application/octet-stream").header("Docker-Content-Digest", digest)
        return digest

    def manifest(self, name, content, content_type=MANIFEST, tag=None, digest_header=True):
        """Publishes a manifest under its digest, and under a tag when one is given; returns its digest."""
        digest = digest_of(content)
        for reference in (digest, tag):
            if reference is None:
                continue

            def script(reply):
                reply.reply(200, content).header("Content-Type", content_type)
                return reply.header("Docker-Content-Digest", digest) if digest_header else reply

            self.upstream.replace(self.path(name, "manifests", reference), script)
        return digest

    def image(self, name, tag="latest", layers=(b"layer one", b"layer two")):
        """A whole image; returns (digest of its manifest, its bytes, digests of its blobs)."""
        config = self.blob(name, json.dumps({"of": name, "tag": tag}).encode())
        blobs = [self.blob(name, layer) for layer in layers]
        described = [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": d, "size": 1} for d in blobs]
        # Spaces and a final newline: whoever parses it and writes it anew has other bytes.
        content = json.dumps({"schemaVersion": 2, "config": {"digest": config}, "layers": described}, indent=3)
        content = content.encode() + b" \n"
        return self.manifest(name, content, tag=tag), content, [config, *blobs]
