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
