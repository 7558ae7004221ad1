"""An HTTP client on raw sockets that says exactly what it was told and judges strictly what comes back.

    get(address, "/api/files/a")                      one request, one connection
    with Conn(address) as c: c.send(b"GET ..."); c.read()
    Herd(address, 200, "/api/files/big").start()      many clients at once, on one selector
"""

import hashlib
import json
import selectors
import socket
import struct
import threading
import time

from waiting import deadline, wait_until


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
    """One answer. `complete` is true only when its framing says that all of it arrived; `error` says what was wrong else."""

    def __init__(self, method):
        self.method = method
        self.version = self.status = self.reason = None
        self.headers = Headers()
        self.size = 0
        self.complete = False
        self.error = None  # "reset" | "closed early" | "no last chunk" | "bad chunk" | "bad head: ..." | "time-out"
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
            self._finish("no last chunk" if how == "closed early" and self._state.startswith("chunk") else how)

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
        response.version, response.status, response.reason, response.headers = version, int(status), "".join(reason), headers
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


def split_address(address):
    """"127.0.0.1:80" or ("127.0.0.1", 80) -> (host, port)."""
    if isinstance(address, str):
        host, _, port = address.rpartition(":")
        return host.strip("[]"), int(port)
    return address


class Conn:
    """One connection. Reads are bounded by `timeout` seconds each."""

    def __init__(self, address, timeout=15, receive_buffer=None, tls=None):
        host, port = split_address(address)
        self.host_header = f"{host}:{port}"
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(deadline(timeout))
        self.socket.connect((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=host)
        self._leftover = b""
        self._reader = None

    # Saying.
    def send(self, data):
        self.socket.sendall(data)
        return self

    def send_slowly(self, data, bytes_per_s):
        """Byte by byte; returns False when the other side ended the connection meanwhile."""
        for i in range(len(data)):
            try:
                self.socket.sendall(data[i : i + 1])
            except OSError:
                return False
            self.socket.settimeout(1.0 / bytes_per_s)
            try:
                if self.socket.recv(1, socket.MSG_PEEK) == b"":
                    return False
            except (TimeoutError, BlockingIOError):
                continue
            except OSError:
                return False
        return True

    def ask(self, path, method="GET", headers=None, version="HTTP/1.1"):
        """Sends one well-formed request."""
        return self.send(request_bytes(path, method, headers, version, self.host_header))

    # Hearing.
    def read(self, method="GET", keep=True):
        """The next whole response."""
        reader = self.begin(method, keep)
        while not reader.done:
            self._feed(reader)
        self._leftover = reader.leftover
        self._reader = None
        return reader.response

    def begin(self, method="GET", keep=True):
        """A reader for the next response; see read_until()."""
        if self._reader is None:
            self._reader = ResponseReader(method, keep)
            if self._leftover:
                data, self._leftover = self._leftover, b""
                self._reader.feed(data)
        return self._reader

    def read_until(self, size, method="GET"):
        """Reads until `size` bytes of the body are here (or the response ended); returns the response so far."""
        reader = self.begin(method)
        while not reader.done and reader.response.size < size:
            self._feed(reader)
        return reader.response

    def read_head(self, method="GET"):
        reader = self.begin(method)
        while not reader.done and not reader.head_seen:
            self._feed(reader)
        return reader.response

    def silent_for(self, seconds):
        """True when not a byte (and no end) arrives for that long."""
        self.socket.settimeout(seconds)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
            return False
        except TimeoutError:
            return True
        except OSError:
            return False

    def ended(self, timeout=10):
        """How the connection ends, without further bytes: "closed", "reset", "data" (there was more) or None (still open)."""
        if self._leftover:
            return "data"
        self.socket.settimeout(deadline(timeout))
        try:
            return "closed" if self.socket.recv(1) == b"" else "data"
        except ConnectionError:
            return "reset"
        except (TimeoutError, BlockingIOError):
            return None

    def _feed(self, reader):
        try:
            data = self.socket.recv(1 << 18)
        except (TimeoutError, BlockingIOError):
            return reader.ended("time-out")
        except OSError:
            return reader.ended("reset")
        return reader.feed(data) if data else reader.ended("closed early")

    @property
    def was_reset(self):
        """Whether the other side has ended the connection by a reset; needs no reading."""
        closed = 7  # TCP_CLOSE
        return self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == closed

    # Leaving.
    def close(self):
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def request_bytes(path, method="GET", headers=None, version="HTTP/1.1", host="cache.test", close=False):
    pairs = list(headers.items() if isinstance(headers, dict) else headers or [])
    names = {name.lower() for name, _ in pairs}
    if "host" not in names:
        pairs.insert(0, ("Host", host))
    if close and "connection" not in names:
        pairs.append(("Connection", "close"))
    lines = "".join(f"{name}: {value}\r\n" for name, value in pairs)
    return f"{method} {path} {version}\r\n{lines}\r\n".encode("latin-1")


def get(address, path, headers=None, method="GET", version="HTTP/1.1", timeout=15, keep=True, body=b"", tls=None):
    """One request on a connection of its own."""
    with Conn(address, timeout, tls=tls) as connection:
        pairs = list(headers.items() if isinstance(headers, dict) else headers or [])
        if body:
            pairs.append(("Content-Length", str(len(body))))
        try:
            connection.send(request_bytes(path, method, pairs, version, connection.host_header, close=True) + body)
        except OSError:
            pass  # it was refused before all of it was sent: the answer tells
        return connection.read(method, keep)


def head(address, path, headers=None, **more):
    return get(address, path, headers, method="HEAD", **more)


def exchange(address, raw, timeout=5):
    """Sends exactly these bytes; returns (response, how the connection ended after it or None when it stayed open)."""
    with Conn(address, timeout) as connection:
        try:
            connection.send(raw)
        except OSError:
            pass
        response = connection.read()
        return response, connection.ended(0.3) if response.complete else response.error


class Herd:
    """`n` clients that ask for the same path (or for `paths[i]`) at the same moment, in one background thread."""

    def __init__(self, address, n, path=None, paths=None, headers=None, keep=False, timeout=60, method="GET"):
        self.address = split_address(address)
        self.paths = paths or [path] * n
        self.readers = [ResponseReader(method, keep) for _ in self.paths]
        self._headers, self._method = headers, method
        self._timeout = deadline(timeout)
        self._sockets = []
        self._gone = set()
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        """Connects everyone, then sends every request in one burst."""
        for _ in self.paths:
            client = socket.create_connection(self.address, timeout=self._timeout)
            client.setblocking(False)
            self._sockets.append(client)
        for client, reader, path in zip(self._sockets, self.readers, self.paths):
            reader._started = time.monotonic()
            client.send(request_bytes(path, self._method, self._headers, close=True))
        self._thread.start()
        return self

    def join(self):
        """Waits for everyone; returns the responses."""
        self._thread.join(self._timeout + 5)
        assert not self._thread.is_alive(), "the herd did not come home"
        return self.responses

    def leave(self, index, rst=True):
        """Client `index` goes away in the middle."""
        self._gone.add((index, rst))
        self._wake.send(b"x")
        wait_until(lambda: self.readers[index].done, 5, f"client {index} to leave")

    @property
    def responses(self):
        return [reader.response for reader in self.readers]

    @property
    def received(self):
        """Bytes of body that each one has so far."""
        return [reader.response.size for reader in self.readers]

    @property
    def done(self):
        return sum(reader.done for reader in self.readers)

    def _run(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ, None)
            for index, client in enumerate(self._sockets):
                selector.register(client, selectors.EVENT_READ, index)
            open_clients = len(self._sockets)
            end = time.monotonic() + self._timeout
            while open_clients and time.monotonic() < end:
                for key, _ in selector.select(0.5):
                    if key.data is None:
                        self._woken.recv(100)
                        open_clients -= self._send_away(selector)
                    elif self.readers[key.data].done:
                        continue  # sent away in this very round
                    elif self._receive(key.fileobj, self.readers[key.data]):
                        selector.unregister(key.fileobj)
                        key.fileobj.close()
                        open_clients -= 1
        for reader in self.readers:
            reader.ended("time-out")
        for client in self._sockets:
            client.close()

    def _send_away(self, selector):
        left = 0
        for index, rst in list(self._gone):
            self._gone.discard((index, rst))
            if self.readers[index].done:
                continue
            client = self._sockets[index]
            selector.unregister(client)
            if rst:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            self.readers[index].ended("left")
            left += 1
        return left

    @staticmethod
    def _receive(client, reader):
        try:
            data = client.recv(1 << 18)
        except BlockingIOError:
            return False
        except OSError:
            reader.ended("reset")
            return True
        if data:
            reader.feed(data)
        else:
            reader.ended("closed early")
        return reader.done


def herd(address, n, path, **more):
    """All of a Herd at once."""
    return Herd(address, n, path, **more).start().join()
