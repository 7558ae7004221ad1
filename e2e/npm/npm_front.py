"""What stands before verdaccio: it counts, can be taken away, and speaks for the parts of the public registry that verdaccio has not,
which are advisories and signing keys."""
import base64
import json
import subprocess
from pathlib import Path

from availability import fetched_program
from relay import Relay

BULK = "/-/npm/v1/security/advisories/bulk"
AUDITS = "/-/npm/v1/security/audits"
QUICK = "/-/npm/v1/security/audits/quick"
KEYS = "/-/npm/v1/keys"
TITLE = "Left is not right"
ADVISORY = {"id": 7, "url": "https://advisories.example/7", "title": TITLE, "severity": "high", "vulnerable_versions": "<1.1.0"}


def legacy_report():
    """As yarn classic and pnpm want it."""
    advisory = ADVISORY | {"module_name": "left", "patched_versions": ">=1.1.0", "recommendation": "Upgrade", "overview": TITLE,
                           "findings": [{"version": "1.0.0", "paths": ["demo>left"]}], "cwe": "CWE-1", "cves": [],
                           "github_advisory_id": "GHSA-0000-0000-0000", "access": "public", "references": ""}
    counts = {"info": 0, "low": 0, "moderate": 0, "high": 1, "critical": 0}
    return {"actions": [], "advisories": {"7": advisory}, "muted": [],
            "metadata": {"vulnerabilities": counts, "dependencies": 6, "devDependencies": 0, "optionalDependencies": 0, "totalDependencies": 6}}


def spoken(document):
    return 200, "application/json", json.dumps(document).encode()


class Front(Relay):
    def __init__(self, upstream_url):
        super().__init__(upstream_url)
        self.keeps_host = True   # verdaccio's links then lead here
        self.answers = {("POST", BULK): spoken({"left": [ADVISORY]}), ("POST", AUDITS): spoken(legacy_report()),
                        ("POST", QUICK): spoken(legacy_report())}

    def answer(self, method, path, headers):
        return self.answers.get((method, path))

    def asked_for(self, part):
        """The answers to GET for paths with `part` in them, in order."""
        return [path for method, path, status in self.requests if method == "GET" and status == 200 and part in path]

    @property
    def documents(self):
        return [path for method, path, status in self.requests if method == "GET" and status == 200 and not path.endswith(".tgz")]


class SigningKey:
    """A registry's key: signs as the public registry does, which is name@version:integrity with ECDSA over P-256."""
    keyid = "SHA256:a key of these tests"

    def __init__(self, folder):
        self._key, self._folder = folder / "signing.pem", folder
        self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self._key)
        spki = self._openssl("pkey", "-in", self._key, "-pubout", "-outform", "DER")
        self.keys = {"keys": [{"expires": None, "keyid": self.keyid, "keytype": "ecdsa-sha2-nistp256", "scheme": "ecdsa-sha2-nistp256",
                               "key": base64.b64encode(spki).decode()}]}

    def sign(self, registry):
        """Every version in a verdaccio's storage."""
        for document in (registry.folder / "storage").rglob("package.json"):
            package = json.loads(document.read_text())
            for version, manifest in package["versions"].items():
                text = f"{package['name']}@{version}:{manifest['dist']['integrity']}"
                manifest["dist"]["signatures"] = [{"keyid": self.keyid, "sig": self._signature(text)}]
            document.write_text(json.dumps(package))

    def _signature(self, text):
        message = self._folder / "message"
        message.write_text(text)
        return base64.b64encode(self._openssl("dgst", "-sha256", "-sign", self._key, message)).decode()

    @staticmethod
    def _openssl(*argv):
        return subprocess.run([fetched_program("openssl"), *map(str, argv)], check=True, capture_output=True, timeout=30).stdout


# npm asks the Sigstore project for the keys of registries first, and would not go on without it.
NO_SIGSTORE = Path(__file__).with_name("no_sigstore.cjs")
