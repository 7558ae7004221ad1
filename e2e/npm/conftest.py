"""A registry with packages, published once for a run; what clients make of it without us; and the program before it."""
import pytest

pytest.register_assert_rewrite("npm_clients")

from npm_clients import CLIENTS   # noqa: E402
from npm_front import Front   # noqa: E402
from npm_registry import Verdaccio, publish_usual   # noqa: E402
from npm_site import REMOTES   # noqa: E402


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """Nobody changes it."""
    registry = Verdaccio(tmp_path_factory.mktemp("published") / "registry").start()
    publish_usual(registry)
    yield registry
    registry.stop()


@pytest.fixture
def own_registry(published, tmp_path):
    """A copy that a test may change."""
    registry = published.copy(tmp_path / "registry").start()
    yield registry
    registry.stop()


@pytest.fixture
def start_front():
    running = []

    def start(registry):
        front = Front(registry.url)
        running.append(front)
        front.start()
        return front

    yield start
    for front in running:
        front.stop()


@pytest.fixture
def front(published, start_front):
    return start_front(published)


@pytest.fixture(scope="session")
def directly(published, tmp_path_factory):
    """directly(kind) -> the client after an install without us; once for a run."""
    made = {}

    def install(kind):
        if kind not in made:
            made[kind] = CLIENTS[kind](tmp_path_factory.mktemp(f"directly-{kind}") / "home", f"{published.url}/")
            made[kind].install()
        return made[kind]

    return install


@pytest.fixture
def start(start_program, tmp_path):
    def started(upstream_url, mutable_ttl=3600, name="program", remotes=REMOTES):
        return start_program(tmp_path / name, remotes.format(base_url=upstream_url, mutable_ttl=mutable_ttl))
    return started


@pytest.fixture(params=CLIENTS)
def kind(request):
    return request.param
