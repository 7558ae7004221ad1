"""An ingress: TLS from clients, plain HTTP to the program, which it tells what clients see."""
import ssl
import subprocess

from availability import fetched_program
from relay import Relay


class Ingress(Relay):
    """`certificate` is for clients to trust. With a prefix only paths below it are passed on, without it."""

    def __init__(self, program, folder, prefix=""):
        super().__init__(f"http://127.0.0.1:{program.port}")
        self.keeps_host, self.prefix = True, prefix
        self.added = {"X-Forwarded-Proto": "https"} | ({"X-Forwarded-Prefix": prefix} if prefix else {})
        folder.mkdir()
        self.certificate, self._key = folder / "certificate.pem", folder / "key.pem"
        subprocess.run([fetched_program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", self._key, "-out", self.certificate, "-days", "1", "-subj", "/CN=ingress",
                        "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True, timeout=30)

    def start(self):
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.certificate, self._key)
        super().start()
        self.url = self.url.replace("http://", "https://") + self.prefix
        return self

    def path_at_upstream(self, path):
        return path.removeprefix(self.prefix) if path.startswith(f"{self.prefix}/") else "/nowhere"
