"""Packages made with rpmbuild, a repository made with createrepo_c, and dnf in a directory of its own."""
import subprocess

SPEC = """Name: greeting
Version: {version}
Release: 1
Summary: A greeting
License: MIT
BuildArch: noarch
AutoReqProv: no
%description
A file that says which version it is.
%install
mkdir -p %{{buildroot}}/usr/share/greeting
echo "hello {version}" > %{{buildroot}}/usr/share/greeting/text
%files
/usr/share/greeting/text
"""

DNF_CONF = """[main]
gpgcheck=0
best=1
install_weak_deps=0
keepcache=0
plugins=0
cachedir={root}/var/cache/dnf
logdir={root}/var/log
persistdir={root}/var/lib/dnf
reposdir={root}/etc/yum.repos.d
varsdir={root}/etc/dnf/vars
retries=1
timeout=20

[greetings]
name=greetings
baseurl={url}
metadata_expire=0
enabled=1
"""


def run(*argv):
    done = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=90)
    assert done.returncode == 0, f"{argv[0]} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def publish(repository, work, version):
    """Adds the package in this version to the repository and makes its metadata anew."""
    work.mkdir(parents=True)
    (work / "greeting.spec").write_text(SPEC.format(version=version))
    run("rpmbuild", "-bb", "--quiet", "--define", f"_topdir {work}", "--define", f"_rpmdir {repository}", work / "greeting.spec")
    run("createrepo_c", "--quiet", repository)


class PrivateRoot:
    def __init__(self, root, url):
        self.root = root
        root.mkdir(parents=True)
        (root / "dnf.conf").write_text(DNF_CONF.format(root=root, url=url))

    def install(self):
        """Installs, or brings up to date, the package; returns what it says."""
        run("dnf", "--assumeyes", "--quiet", "--config", self.root / "dnf.conf", f"--installroot={self.root}", "--releasever=1",
            "upgrade" if self._text.exists() else "install", "greeting")
        return self._text.read_text()

    @property
    def _text(self):
        return self.root / "usr/share/greeting/text"
