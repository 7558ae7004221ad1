"""Container clients pull through a docker remote: cold, warm, with the upstream gone, and after a restart."""
import pytest

import images
from container_clients import Crane, Skopeo, write_hosts
from docker_site import Content, address, digests_of

MULTI, SINGLE = Content.multi, Content.single
AMD64, ARM64 = MULTI.images


class Pull:
    """One client's way to pull; called again for each phase with a client that has nothing yet.

    `through` is what stands before the repository's name in an image reference."""

    def __init__(self, work, containerd):
        self.work, self.containerd = work, containerd
        work.mkdir()

    def skopeo_one_platform(self, through, _):
        assert Skopeo(self.work).copy(f"{through}/library/demo:multi") >= digests_of(AMD64)

    def skopeo_all_platforms(self, through, _):
        assert Skopeo(self.work).copy(f"{through}/library/demo:multi", "--all") >= {MULTI.digest} | digests_of(AMD64) | digests_of(ARM64)

    def skopeo_by_digest(self, through, _):
        assert Skopeo(self.work).copy(f"{through}/library/demo@{SINGLE.digest}") >= digests_of(SINGLE)

    def crane_all_platforms(self, through, _):
        assert Crane(self.work).pull(f"{through}/library/demo:multi") == {MULTI.digest} | digests_of(AMD64) | digests_of(ARM64)

    def crane_one_platform(self, through, _):
        pulled = Crane(self.work).pull(f"{through}/{Content.deep}:v1", "--platform=linux/amd64")
        assert pulled == digests_of(SINGLE)

    def crane_validate(self, through, _):
        Crane(self.work)("validate", "--remote", f"{through}/library/demo:single")
        Crane(self.work)("validate", "--remote", f"{through}/library/demo:multi")

    def crane_questions(self, through, _):
        crane = Crane(self.work)
        assert crane("digest", f"{through}/library/demo:single") == SINGLE.digest + "\n"
        assert crane("manifest", f"{through}/library/demo:single").encode() == SINGLE.manifest.content
        assert crane("manifest", f"{through}/library/demo:large").encode() == Content.large.manifest.content
        assert {"multi", "single", "large"} <= set(crane("ls", f"{through}/library/demo").split())

    def ctr_with_ns(self, through, upstream):
        """hosts.toml names the host only, and containerd says in ?ns= which registry it wants."""
        host = through.partition("/")[0]
        self._ctr(upstream, write_hosts(self.work / "hosts", upstream, f"http://{host}"))

    def ctr_with_a_path(self, through, upstream):
        host, _, remote = through.partition("/")
        self._ctr(upstream, write_hosts(self.work / "hosts", upstream, f"http://{host}/v2/{remote}", override_path=True))

    def ctr_with_a_path_for_a_mirror(self, through, _):
        """The remote's base_url is not the registry that containerd names, as with a mirror of Docker Hub: the path counts."""
        host, _, remote = through.partition("/")
        self._ctr("docker.io", write_hosts(self.work / "hosts", "docker.io", f"http://{host}/v2/{remote}", override_path=True))

    def _ctr(self, registry, hosts):
        self.containerd.forget()
        pulled = self.containerd.pull(f"{registry}/library/demo:multi", hosts, "--platform", "linux/amd64")
        assert pulled == {MULTI.digest} | digests_of(AMD64)
        assert self.containerd.pull(f"{registry}/{Content.deep}@{SINGLE.digest}", hosts, "--platform", "linux/amd64") >= digests_of(SINGLE)


PULLS = [name for name in vars(Pull) if not name.startswith("_")]


def pull(name, work, site, program, containerd):
    getattr(Pull(work, containerd), name)(f"{address(program)}/remote", site.upstream_name)


@pytest.mark.parametrize("name", PULLS)
def test_pulls_cold_then_warm_then_with_the_upstream_gone(name, site, containerd, tmp_path):
    program = site.start()
    pull(name, tmp_path / "cold", site, program, containerd)
    cold = list(site.relay.requests)
    assert cold and set(site.fetched().values()) <= {1}, cold
    pull(name, tmp_path / "warm", site, program, containerd)
    assert site.relay.requests == cold
    site.relay.stop()
    pull(name, tmp_path / "gone", site, program, containerd)


def test_after_a_restart_with_the_upstream_gone_all_clients_are_served(site, containerd, tmp_path):
    program = site.start()
    for name in PULLS:
        pull(name, tmp_path / f"before-{name}", site, program, containerd)
    program.stop()
    site.relay.stop()
    restarted = site.start()
    for name in PULLS:
        pull(name, tmp_path / f"after-{name}", site, restarted, containerd)
    restarted.stop()
    assert restarted.outcomes().keys() == {"HIT"}, restarted.log_text()


def test_a_client_of_one_platform_causes_no_download_for_another(site, tmp_path):
    Skopeo(tmp_path).copy(f"{address(site.start())}/remote/library/demo:multi")
    assert site.fetched_digests() == digests_of(AMD64), site.relay.requests


def test_a_tag_that_moved_is_noticed_when_its_time_is_over(site, registry, tmp_path):
    push = images.Push(registry.url, "library/moving")
    old, new = images.image("old", sizes=(100,)), images.image("new", sizes=(100,))
    crane = Crane(tmp_path)
    push.image(old, "latest")
    program = site.start(mutable_ttl=0)
    reference = f"{address(program)}/remote/library/moving:latest"
    assert crane.pull(reference) == digests_of(old)
    before = list(site.relay.requests)
    assert crane.pull(reference) == digests_of(old)
    assert [method for method, path, _ in site.relay.requests[len(before):]] == ["HEAD"]   # costs no pull at Docker Hub
    push.image(new, "latest")
    assert crane.pull(reference) == digests_of(new)
