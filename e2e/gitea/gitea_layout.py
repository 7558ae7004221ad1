"""A server with the addresses of Gitea's package registries: what an owner has in them, for whoever has the password."""
import base64
import hashlib
import html
import io
import json
import tarfile
import urllib.parse

from relay import Relay

AUTHORIZATION = "Basic " + base64.b64encode(b"reader:your-personal-access-token").decode()


class Gitea(Relay):
    """Add packages after start(): links in indexes are absolute."""

    def __init__(self):
        super().__init__("http://127.0.0.1:1")   # nobody: it answers everything itself
        self.files = {}   # path -> (content type, bytes); Gitea knows a scoped name with its slash escaped or not

    def answer(self, method, path, headers):
        if headers.get("Authorization") != AUTHORIZATION:
            return 401, "text/plain", b"who are you?"
        file = self.files.get(urllib.parse.unquote(path))
        return (200, *file) if file else (404, "application/json", b'{"error": "package does not exist"}')

    @property
    def tarballs(self):
        return [path for method, path, status in self.requests if method == "GET" and status == 200 and path.endswith((".tgz", ".whl"))]

    def pypi(self, project, wheel, requires_python, hash_mark):
        """`hash_mark` is "=", or "-" as older versions have it."""
        root, data = "/api/packages/myorg/pypi", wheel.read_bytes()
        version = wheel.name.split("-")[1]
        path = f"{root}/files/{project}/{version}/{wheel.name}"
        self.files[path] = ("application/octet-stream", data)
        link = (f'<a href="{self.url}{path}#sha256{hash_mark}{hashlib.sha256(data).hexdigest()}" '
                f'data-requires-python="{html.escape(requires_python)}">{wheel.name}</a><br>')
        self.files[f"{root}/simple/{project}/"] = self.files[f"{root}/simple/{project}"] = (
            "text/html;charset=utf-8", f"<!DOCTYPE html>\n<html><body>\n{link}\n</body></html>\n".encode())

    def npm(self, name, version, old_links):
        """`old_links`: the version stands in a tarball's path, and the name is escaped as a whole."""
        root, file = "/api/packages/myorg/npm", f"{name.rpartition('/')[2]}-{version}.tgz"
        tarball = npm_tarball({"name": name, "version": version})
        escaped = urllib.parse.quote(name, safe="")
        path = f"{root}/{escaped}/-/{version}/{file}" if old_links else f"{root}/{urllib.parse.quote(name)}/-/{file}"
        dist = {"integrity": "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode(),
                "shasum": hashlib.sha1(tarball).hexdigest(), "tarball": self.url + path}
        document = {"_id": name, "name": name, "dist-tags": {"latest": version}, "time": {version: "2020-01-01T00:00:00Z"},
                    "versions": {version: {"_id": f"{name}@{version}", "name": name, "version": version, "dist": dist}}}
        self.files[urllib.parse.unquote(path)] = ("application/octet-stream", tarball)
        self.files[f"{root}/{name}"] = ("application/json;charset=utf-8", json.dumps(document).encode())

    def helm(self, archive):
        root = "/api/packages/myorg/helm"
        name, version = archive.stem.rsplit("-", 1)
        self.files[f"{root}/{archive.name}"] = ("application/octet-stream", archive.read_bytes())
        self.files[f"{root}/index.yaml"] = ("text/plain; charset=utf-8", f"""apiVersion: v1
entries:
    {name}:
        - name: {name}
          version: {version}
          apiVersion: v2
          urls:
            - {self.url}{root}/{archive.name}
          created: 2020-01-01T00:00:00Z
generated: 2020-01-01T00:00:00Z
serverInfo:
    contextPath: {root}
""".encode())


def npm_tarball(manifest):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        content = json.dumps(manifest).encode()
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
