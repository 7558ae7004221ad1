"""A scripted registry that wants bearer tokens, and the token service that gives them.

    tokens = TokenService()
    registry = Registry(tokens)
    body = registry.blob("app", b"layer")           # the path of a blob that only a good token opens
    tokens.revoke_all()                             # what was given out is good for nothing from now on
    tokens.when("/token").reply(503)                # a script of the path goes before
"""

import base64
import hashlib
import itertools
import json
import urllib.parse

from reply import Reply, Route
from upstream import Upstream


def _fixed(status, body, headers):
    return Reply(Route()).reply(status, body, headers)


class TokenService(Upstream):
    """Gives "canary-token-N" to whom may have one: `users` (name -> password) or everyone."""

    def __init__(self, host="127.0.0.1", users=None, expires_in=300, tls=False):
        self.users = users
        self.expires_in = expires_in
        self.good = {}  # token -> scope
        self._numbers = itertools.count(1)
        super().__init__(host, tls=tls)

    @property
    def realm(self):
        return f"{self.base_url}/token"

    def revoke_all(self):
        self.good.clear()

    def scopes(self):
        """The scopes asked for, in order."""
        return [urllib.parse.parse_qs(r.target.partition("?")[2]).get("scope", [None])[0] for r in self.asked("/token")]

    def reply_to(self, request):
        if request.path != "/token" or (None, "/token") in self.routes:
            return super().reply_to(request)
        shown = request.header("authorization")
        if shown is not None and not self._knows(shown):
            return _fixed(401, b'{"errors":[{"code":"UNAUTHORIZED"}]}', {})
        scope = urllib.parse.parse_qs(request.target.partition("?")[2]).get("scope", [""])[0]
        token = f"canary-token-{next(self._numbers)}"
        self.good[token] = scope
        answer = {"token": token, "expires_in": self.expires_in}
        return _fixed(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _knows(self, shown):
        known = (self.users or {}).items()
        return shown in ["Basic " + base64.b64encode(f"{u}:{p}".encode()).decode() for u, p in known]


class Registry(Upstream):
    """Answers 401 to what shows no token for it; `realm` may be another one than the token service's."""

    def __init__(self, tokens, host="127.0.0.1", realm=None, tls=False):
        self.tokens = tokens
        self.realm = realm or tokens.realm
        self.refused = 0  # requests answered with the challenge
        super().__init__(host, tls=tls)

    def blob(self, name, body):
        """Its path below a remote, for the client."""
        path = f"{name}/blobs/sha256:{hashlib.sha256(body).hexdigest()}"
        self.when(f"/v2/{path}").reply(200, body, {"Content-Type": "application/octet-stream"})
        return path

    def manifest(self, name, tag, body=b'{"schemaVersion":2}'):
        path = f"{name}/manifests/{tag}"
        media_type = "application/vnd.oci.image.manifest.v1+json"
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        self.when(f"/v2/{path}").reply(200, body, {"Content-Type": media_type, "Docker-Content-Digest": digest})
        return path

    def reply_to(self, request):
        scope = f"repository:{self._name(request.path)}:pull"
        scheme, _, token = (request.header("authorization") or "").partition(" ")
        if scheme == "Bearer" and self.tokens.good.get(token) == scope:
            return super().reply_to(request)
        self.refused += 1
        challenge = f'Bearer realm="{self.realm}",service="registry.test",scope="{scope}"'
        return _fixed(401, b'{"errors":[{"code":"UNAUTHORIZED"}]}', {"WWW-Authenticate": challenge})

    @staticmethod
    def _name(path):
        for kind in ("/blobs/", "/manifests/"):
            path = path.partition(kind)[0]
        return path.removeprefix("/v2/")
