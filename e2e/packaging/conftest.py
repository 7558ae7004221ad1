"""The Debian package and the installation of the build that the program under test comes from."""
from pathlib import Path

import pytest

from availability import unavailable
from packages import install, need, run


@pytest.fixture(scope="session")
def build(binary):
    """The build directory, with the documents that are installed."""
    folder = Path(binary).parent
    if not (folder / "CPackConfig.cmake").exists():
        unavailable(f"{folder} is no build directory")
    need("cmake", "cpack", "gzip")
    run("cmake", "--build", folder, "--target", "documents")
    return folder


@pytest.fixture(scope="session")
def deb(build, tmp_path_factory):
    need("dpkg-deb", "dpkg-shlibdeps")
    folder = tmp_path_factory.mktemp("deb")
    run("cpack", "-G", "DEB", "-B", folder, cwd=build)
    (made,) = folder.glob("*.deb")
    return made


@pytest.fixture(scope="session")
def installed(build, tmp_path_factory):
    """DESTDIR of an installation below /usr/local."""
    folder = tmp_path_factory.mktemp("installed")
    install(build, folder)
    return folder
