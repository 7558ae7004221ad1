"""A registry with some images, a counting relay before it, and the program before that on a store of its own."""
from collections import Counter
from urllib.parse import urlsplit

import images

REMOTES = """remotes:
  remote:
    base_url: "{base_url}"
    type: "remote"
    package: "docker"
    default_for_root: true
    cache:
      immutable_ttl: 0
      mutable_ttl: {mutable_ttl}
"""


class Content:
    """What every registry of these tests holds under library/demo, and under a deeper name."""
    repository = "library/demo"
    deep = "one/two/three/four"
    multi = images.multi_platform("multi")
    single = images.image("single", docker=True)
    # Nearly 4 MiB of manifest, which every registry must take.
    large = images.image("large", sizes=(100,), annotations={f"note{i}": "x" * 10000 for i in range(390)})
    signature = images.artifact(single)
    referrers = images.referrers_index([signature])
    referrers_tag = "sha256-" + single.digest.partition(":")[2]

    @classmethod
    def push(cls, url, authorization=None):
        demo = images.Push(url, cls.repository, authorization)
        demo.image(cls.multi, "multi")
        demo.image(cls.single, "single")
        demo.image(cls.large, "large")
        demo.image(cls.signature)
        demo.image(cls.referrers, cls.referrers_tag)
        images.Push(url, cls.deep, authorization).image(cls.single, "v1")


def digests_of(image):
    """Of an image's manifest, configuration and layers."""
    return {image.digest, *(blob.digest for blob in image.blobs)}


class Site:
    """`registry` has Content; `start` starts the program, each time on the same store."""

    def __init__(self, directory, registry, start_program, start_relay):
        self.directory, self._start_program = directory, start_program
        self.relay = start_relay(registry.url)

    def start(self, mutable_ttl=3600, remotes=REMOTES):
        text = remotes.format(base_url=self.relay.url, mutable_ttl=mutable_ttl)
        return self._start_program(self.directory / "program", text)

    @property
    def upstream_name(self):
        """What clients call the registry: host and port."""
        return urlsplit(self.relay.url).netloc

    def fetched(self):
        """How often the upstream was asked for each body, by path."""
        return Counter(path for method, path, status in self.relay.requests if method == "GET" and status == 200)

    def fetched_digests(self):
        return {path.rpartition("/")[2] for path in self.fetched() if "sha256:" in path}


def address(program):
    return f"127.0.0.1:{program.port}"
