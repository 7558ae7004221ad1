"""Registries with their content, once for a run; clients' daemons, once for a module; a site for each test."""
import os

import pytest

import registries
from availability import unavailable
from container_clients import Containerd
from docker_site import Content, Site


@pytest.fixture(scope="session")
def start_registry(tmp_path_factory):
    """start_registry(make) -> a registry with Content; started at its first use, all are ended with the run."""
    running = {}

    def start(make):
        if make not in running:
            running[make] = registries.MAKES[make](tmp_path_factory.mktemp(make))
            Content.push(running[make].url)
        return running[make]

    yield start
    for registry in running.values():
        registry.stop()


@pytest.fixture(params=registries.MAKES)
def registry(request, start_registry):
    return start_registry(request.param)


@pytest.fixture
def site(tmp_path, registry, start_program, start_relay):
    return Site(tmp_path, registry, start_program, start_relay)


@pytest.fixture(scope="session")
def containerd():
    if os.geteuid() != 0:
        unavailable("containerd needs root")
    daemon = Containerd()
    yield daemon
    daemon.stop()
