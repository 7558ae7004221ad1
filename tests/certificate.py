"""Certificates made on the spot."""

import os
import ssl
import subprocess
import tempfile


class Certificate:
    """A self-signed certificate for `name` (an address or a host name), made with the openssl command."""

    def __init__(self, name="127.0.0.1", days=2, also=()):
        self.folder = tempfile.TemporaryDirectory(prefix="artifactapi-tls-")
        self.cert, self.key = os.path.join(self.folder.name, "cert.pem"), os.path.join(
            self.folder.name, "key.pem"
        )
        kind = lambda n: ("IP:" if n.replace(".", "").isdigit() or ":" in n else "DNS:") + n
        names = ",".join(kind(n) for n in (name, *also))
        subprocess.run(
            [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-keyout",
                self.key,
            ]
            + [
                "-out",
                self.cert,
                "-days",
                str(days),
                "-subj",
                "/CN=scripted upstream",
                "-addext",
                f"subjectAltName={names}",
            ],
            check=True,
            capture_output=True,
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.cert, self.key)


class Authority:
    """A certificate authority of the test's own; what it issues is a chain of the server's and its own certificate."""

    def __init__(self):
        self._own = Certificate("authority.test", days=30)
        self.folder, self.cert, self.key = self._own.folder, self._own.cert, self._own.key
        self._issued = 0

    def client(self):
        """A context that trusts this authority only."""
        return ssl.create_default_context(cafile=self.cert)

    def issue(self, name="127.0.0.1"):
        """(path of the chain, path of the key), each time another certificate."""
        self._issued += 1
        path = lambda kind: os.path.join(self.folder.name, f"{kind}.{self._issued}.pem")
        run = lambda *command: subprocess.run(["openssl", *command], check=True, capture_output=True)
        request, names = path("request"), path("names")
        with open(names, "w", encoding="ascii") as file:
            file.write(f"subjectAltName=IP:{name}\nbasicConstraints=CA:FALSE\n")
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        run("req", *curve, "-keyout", path("key"), "-out", request, "-subj", f"/CN=server {self._issued}")
        signing = ["-CA", self.cert, "-CAkey", self.key, "-set_serial", str(1000 + self._issued)]
        run("x509", "-req", "-in", request, *signing, "-days", "2", "-extfile", names, "-out", path("leaf"))
        with open(path("leaf"), "rb") as leaf, open(self.cert, "rb") as own, open(path("chain"), "wb") as chain:
            chain.write(leaf.read() + own.read())
        return path("chain"), path("key")
