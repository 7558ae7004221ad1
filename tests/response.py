"""What came back, judged strictly: an answer is complete only when its framing says that all of it arrived."""

import hashlib
import json
import time


class Headers(list):
    """Pairs of (name, value) as received; names compare without case."""

    def get(self, name, default=None):
        values = self.all(name)
        return ", ".join(values) if values else default

    def all(self, name):
        return [value for key, value in self if key.lower() == name.lower()]

    def __contains__(self, name):
        return bool(self.all(name))

    def __getitem__(self, name):
        value = self.get(name)
        if value is None:
            raise KeyError(f"no header {name} among {list(self)}")
        return value


class Response:
    """One answer. `complete` is true only when its framing says that all of it arrived; `error` says what was
    wrong else.
    """

    def __init__(self, method):
        self.method = method
        self.version = self.status = self.reason = None
        self.headers = Headers()
        self.size = 0
        self.complete = False
        self.error = (
            None  # "reset" | "closed early" | "no last chunk" | "bad chunk" | "bad head: ..." | "time-out"
        )
        self.ttfb = None  # seconds to the first byte of the body, or of the head if there is no body
        self.elapsed = None
        self.interim = []  # statuses of 1xx answers before it
        self._digest = hashlib.sha256()
        self._kept = []

    @property
    def body(self):
        return b"".join(self._kept)

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)

    @property
    def sha256(self):
        return self._digest.hexdigest()

    def header(self, name, default=None):
        return self.headers.get(name, default)

    @property
    def source(self):
        return self.header("X-Artifact-Source")

    @property
    def framed_by(self):
        """length | chunked | close | nothing"""
        if self.method == "HEAD" or self.status in (204, 304):
            return "nothing"
        if "chunked" in self.header("Transfer-Encoding", "").lower():
            return "chunked"
        return "length" if "Content-Length" in self.headers else "close"

    def __repr__(self):
        state = "complete" if self.complete else f"broken: {self.error}"
        return f"<{self.status} {self.size} bytes, {state}, {self.source} {self.body[:200]!r}>"


class ResponseReader:
    """Eats bytes, makes one Response. `leftover` holds what came after its end."""

    _CHUNK_LINE = 256

    def __init__(self, method="GET", keep=True, started=None):
        self.response = Response(method)
        self.done = False
        self.leftover = b""
        self._keep = keep
        self._buffer = bytearray()
        self._state = "head"
        self._left = 0
        self._started = started or time.monotonic()

    @property
    def head_seen(self):
        return self._state != "head"

    def feed(self, data):
        if self._state in ("length", "close") and not self._buffer:
            data = self._raw_body(data)  # the fast way: no copying of large bodies
        if data:
            self._buffer += data
        while not self.done and self._step():
            pass
        if self.done:
            self.leftover += bytes(self._buffer)
            self._buffer.clear()

    def ended(self, how):
        """The connection ended: `how` is "closed early", "reset" or "time-out"."""
        if self.done:
            return
        if how == "closed early" and self._state == "close":
            self._finish(None)
        else:
            self._finish(
                "no last chunk" if how == "closed early" and self._state.startswith("chunk") else how
            )

    def _finish(self, error):
        self.done = True
        self.response.error = error
        self.response.complete = error is None
        self.response.elapsed = time.monotonic() - self._started
        if self.response.ttfb is None and self.response.status:
            self.response.ttfb = self.response.elapsed

    def _take_body(self, data):
        if self.response.ttfb is None:
            self.response.ttfb = time.monotonic() - self._started
        self.response.size += len(data)
        self.response._digest.update(data)
        if self._keep:
            self.response._kept.append(bytes(data))

    def _raw_body(self, data):
        if self._state == "close":
            self._take_body(data)
            return b""
        mine, rest = data[: self._left], data[self._left :]
        self._take_body(mine)
        self._left -= len(mine)
        if self._left == 0:
            self._finish(None)
        return rest

    def _step(self):
        """Advances by one element; False when more bytes are needed."""
        buffer = self._buffer
        if self._state == "head":
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = bytes(buffer[:end])
            del buffer[: end + 4]
            return self._parse_head(head)
        if self._state in ("length", "close"):
            if not buffer:
                return False
            data = bytes(buffer)
            buffer.clear()
            buffer += self._raw_body(data)
            return bool(buffer)
        if self._state == "chunk data":
            if not buffer:
                return False
            mine = bytes(buffer[: self._left])
            del buffer[: len(mine)]
            self._take_body(mine)
            self._left -= len(mine)
            if self._left == 0:
                self._state = "chunk end"
            return True
        end = buffer.find(b"\r\n")
        if end < 0:
            if len(buffer) > self._CHUNK_LINE:
                self._finish("bad chunk")
            return False
        line = bytes(buffer[:end])
        del buffer[: end + 2]
        return self._chunk_line(line)

    def _chunk_line(self, line):
        if self._state == "chunk end":
            if line:
                self._finish("bad chunk")
                return False
            self._state = "chunk size"
        elif self._state == "chunk size":
            size = line.split(b";")[0]
            if not size or any(c not in b"0123456789abcdefABCDEF" for c in size):
                self._finish("bad chunk")
                return False
            self._left = int(size, 16)
            self._state = "chunk data" if self._left else "chunk trailer"
        elif not line:
            self._finish(None)
            return False
        return True

    def _parse_head(self, head):
        response = self.response
        lines = head.decode("latin-1").split("\r\n")
        if "\n" in head.decode("latin-1").replace("\r\n", "") or not lines[0].startswith("HTTP/1."):
            self._finish(f"bad head: {lines[0][:80]!r}")
            return False
        version, status, *reason = lines[0].split(" ", 2)
        headers = Headers()
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip() or any(ord(c) < 32 and c != "\t" for c in value):
                self._finish(f"bad head: {line[:80]!r}")
                return False
            headers.append((name, value.strip()))
        if 100 <= int(status) < 200:
            response.interim.append(int(status))
            return True
        response.version, response.status, response.reason, response.headers = (
            version,
            int(status),
            "".join(reason),
            headers,
        )
        lengths = headers.all("content-length")
        if len(lengths) > 1 or (lengths and not lengths[0].isdigit()):
            self._finish(f"bad head: Content-Length {lengths}")
            return False
        if lengths and "Transfer-Encoding" in headers:
            self._finish("bad head: Content-Length and Transfer-Encoding")
            return False
        framing = response.framed_by
        if framing == "nothing" or (framing == "length" and int(lengths[0]) == 0):
            self._state = "done"
            self._finish(None)
            return False
        self._state = {"length": "length", "close": "close", "chunked": "chunk size"}[framing]
        self._left = int(lengths[0]) if lengths else 0
        return True
