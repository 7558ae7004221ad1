"""Container images made from nothing, and their way into a registry: layers, configuration, manifest, index, artifact."""
import gzip
import hashlib
import http.client
import io
import json
import random
import tarfile
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
LARGE_BYTES = 5 << 20


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Blob:
    content: bytes
    media_type: str

    @property
    def digest(self):
        return digest_of(self.content)

    def descriptor(self, **more):
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.content), **more}


@dataclass(frozen=True)
class Image:
    """A manifest with its blobs, or an index with its images."""
    manifest: Blob
    blobs: tuple = ()
    images: tuple = ()

    @property
    def digest(self):
        return self.manifest.digest

    @property
    def layers(self):
        return self.blobs[1:]


def noise(seed, size):
    """The same bytes for the same seed; they do not compress."""
    return random.Random(seed).randbytes(size)


def layer(name, content, media_type=LAYER):
    """One file in a compressed tar, and the digest of what is inside the compression."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return Blob(gzip.compress(tar.getvalue(), 1, mtime=0), media_type), digest_of(tar.getvalue())


def as_json(document):
    return json.dumps(document, separators=(",", ":")).encode()


def image(seed, architecture="amd64", docker=False, sizes=(2000, LARGE_BYTES), annotations=None):
    """An image with a layer of each size; docker: with the media types from before OCI."""
    made = [layer(f"file{i}", noise(f"{seed}/{architecture}/{i}", size), DOCKER_LAYER if docker else LAYER) for i, size in enumerate(sizes)]
    config = Blob(as_json({"architecture": architecture, "os": "linux", "config": {"Cmd": ["/file0"]},
                           "rootfs": {"type": "layers", "diff_ids": [diff for _, diff in made]},
                           "history": [{"created_by": "e2e"} for _ in made]}), DOCKER_CONFIG if docker else CONFIG)
    media_type = DOCKER_MANIFEST if docker else MANIFEST
    manifest = {"schemaVersion": 2, "mediaType": media_type, "config": config.descriptor(),
                "layers": [blob.descriptor() for blob, _ in made], **({"annotations": annotations} if annotations else {})}
    return Image(Blob(as_json(manifest), media_type), (config, *[blob for blob, _ in made]))


def multi_platform(seed, architectures=("amd64", "arm64"), **keywords):
    images = tuple(image(seed, architecture, **keywords) for architecture in architectures)
    entries = [one.manifest.descriptor(platform={"os": "linux", "architecture": architecture})
               for one, architecture in zip(images, architectures)]
    return Image(Blob(as_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}), INDEX), images=images)


def artifact(subject, artifact_type="application/vnd.example.signature", content=b"signed"):
    """An artifact about an image: its manifest names the image as its subject."""
    empty, payload = Blob(b"{}", EMPTY), Blob(content, "application/octet-stream")
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": artifact_type, "config": empty.descriptor(),
                "layers": [payload.descriptor()], "subject": subject.manifest.descriptor()}
    return Image(Blob(as_json(manifest), MANIFEST), (empty, payload))


def referrers_index(artifacts):
    """What a client keeps under the tag sha256-HEX in a registry that has no referrers API."""
    entries = [one.manifest.descriptor(artifactType=json.loads(one.manifest.content)["artifactType"]) for one in artifacts]
    return Image(Blob(as_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}), INDEX), images=tuple(artifacts))


class Push:
    """Puts images into one repository of a registry."""

    def __init__(self, registry, repository, authorization=None):
        self.address = urlsplit(registry).netloc
        self.base = f"http://{self.address}/v2/{repository}"
        self.headers = {"Authorization": authorization} if authorization else {}

    def _ask(self, method, url, body=None, **headers):
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            target = parts.path + ("?" + parts.query if parts.query else "")
            connection.request(method, target, body, {**self.headers, **headers})
            reply = connection.getresponse()
            answer = reply.read()
            assert reply.status in (201, 202), f"{method} {target}: {reply.status} {answer[:500]}"
            return reply
        finally:
            connection.close()

    def blob(self, blob):
        session = self._ask("POST", f"{self.base}/blobs/uploads/", b"").getheader("Location")
        url = urljoin(f"{self.base}/blobs/uploads/", session)
        separator = "&" if "?" in url else "?"
        self._ask("PUT", f"{url}{separator}digest={blob.digest}", blob.content, **{"Content-Type": "application/octet-stream"})

    def image(self, image, tag=None):
        """All of it, what it names first; without a tag under its digest only."""
        for one in image.images:
            self.image(one)
        for blob in dict.fromkeys(image.blobs):
            self.blob(blob)
        self._ask("PUT", f"{self.base}/manifests/{tag or image.digest}", image.manifest.content,
                  **{"Content-Type": image.manifest.media_type})
        return image
