"""The configurations of the guides, as they are printed there but for the addresses, serve the clients they are for.

Docker Hub's name is kept: the remote reaches it through a forward proxy, behind which is a registry of ours."""
import json
import os
import re
from pathlib import Path

import pytest

import images
from availability import unavailable
from container_clients import Crane, Dockerd, Skopeo
from docker_site import Content, address, digests_of

GUIDES = Path(__file__).resolve().parents[2] / "docs/guides"
HOST = "artifacts.example.com"
AMD64 = Content.multi.images[0]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", (GUIDES / page).read_text(), re.M | re.S)


def whole_configurations():
    """The guide's first remotes.yaml, and the one that allows a few images only."""
    return [block for block in blocks("docker.md", "yaml") if block.startswith("remotes:\n")]


@pytest.fixture
def registry(start_registry):
    return start_registry("docker-registry")


@pytest.fixture
def start_guide(site):
    """start_guide(n) -> the program with the guide's n-th configuration."""
    def start(number):
        hub = f'base_url: "http://registry-1.docker.io"\n    proxy: "{site.relay.url}"'
        text, replaced = re.subn(r'base_url: "https://registry-1\.docker\.io"', hub, whole_configurations()[number])
        assert replaced == 1
        return site.start(remotes=text.replace("{", "{{").replace("}", "}}"))
    return start


def hosts_files():
    return [block for block in blocks("containerd.md", "toml") if "[host." in block]


@pytest.mark.parametrize("number", range(len(hosts_files())))
def test_containerd_pulls_with_the_hosts_files_of_the_guide(number, start_guide, containerd, site, tmp_path):
    program = start_guide(0)
    text = hosts_files()[number].replace(f"https://{HOST}", f"http://{address(program)}")
    (tmp_path / "docker.io").mkdir()
    (tmp_path / "docker.io/hosts.toml").write_text(re.sub(r'^server = .*$', 'server = "http://127.0.0.1:1"', text, flags=re.M))
    for _ in ("cold", "with the upstream gone"):
        containerd.forget()
        pulled = containerd.pull("docker.io/library/demo:multi", tmp_path, "--platform", "linux/amd64")
        assert pulled == {Content.multi.digest} | digests_of(AMD64)
        site.relay.stop()


def test_skopeo_finds_the_mirror_in_the_registries_conf_of_the_guide(start_guide, tmp_path):
    """podman and buildah read the same file with the same library."""
    program = start_guide(0)
    (text,) = blocks("docker.md", "toml")
    conf = tmp_path / "registries.conf"
    conf.write_text(re.sub(rf'"{HOST}(.*)"', rf'"{address(program)}\1"\ninsecure = true', text))
    assert Skopeo(tmp_path).copy("docker.io/library/demo:multi", conf=conf) >= digests_of(AMD64)


def test_dockerd_pulls_with_the_daemon_json_of_the_guide(start_guide, site):
    """dockerd puts no remote into the path: the remote marked default_for_root answers."""
    if os.geteuid() != 0:
        unavailable("dockerd needs root")
    (text,) = blocks("docker.md", "json")
    program = start_guide(0)
    dockerd = Dockerd(json.loads(text.replace(f"https://{HOST}", f"http://{address(program)}")))
    try:
        for phase in ("cold", "warm", "with the upstream gone"):
            inspected = dockerd.pull("demo:multi")
            assert inspected["Id"] == AMD64.blobs[0].digest and inspected["RepoDigests"] == [f"demo@{Content.multi.digest}"], phase
            dockerd.forget()
            if phase == "cold":
                cold = list(site.relay.requests)
            elif phase == "warm":
                assert site.relay.requests == cold
                site.relay.stop()
    finally:
        dockerd.stop()


def test_images_that_no_pattern_of_the_guide_allows_are_refused(start_guide, registry, tmp_path):
    small = images.image("small", sizes=(100,))
    for name in ("library/nginx", "library/nginx-evil"):
        images.Push(registry.url, name).image(small, "1")
    program = start_guide(1)
    crane = Crane(tmp_path)
    assert crane.pull(f"{address(program)}/dockerhub/library/nginx:1") == digests_of(small)
    for question in (("manifest", "library/nginx-evil:1"), ("digest", f"library/nginx-evil@{small.digest}"), ("ls", "library/demo")):
        said = crane(question[0], f"{address(program)}/dockerhub/{question[1]}", fails=True)
        assert "403" in said or "DENIED" in said, said
