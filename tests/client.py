"""An HTTP client on raw sockets that says exactly what it was told.

    get(address, "/api/files/a")                      one request, one connection
    with Conn(address) as c: c.send(b"GET ..."); c.read()
"""

import socket
import struct

from response import ResponseReader
from waiting import deadline


def split_address(address):
    """ "127.0.0.1:80" or ("127.0.0.1", 80) -> (host, port)."""
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
        """How the connection ends, without further bytes: "closed", "reset", "data" (there was more) or None
        (still open).
        """
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


def get(
    address, path, headers=None, method="GET", version="HTTP/1.1", timeout=15, keep=True, body=b"", tls=None
):
    """One request on a connection of its own."""
    with Conn(address, timeout, tls=tls) as connection:
        pairs = list(headers.items() if isinstance(headers, dict) else headers or [])
        if body:
            pairs.append(("Content-Length", str(len(body))))
        try:
            connection.send(
                request_bytes(path, method, pairs, version, connection.host_header, close=True) + body
            )
        except OSError:
            pass  # it was refused before all of it was sent: the answer tells
        return connection.read(method, keep)


def head(address, path, headers=None, **more):
    return get(address, path, headers, method="HEAD", **more)


def exchange(address, raw, timeout=5):
    """Sends exactly these bytes; returns (response, how the connection ended after it or None when it stayed
    open).
    """
    with Conn(address, timeout) as connection:
        try:
            connection.send(raw)
        except OSError:
            pass
        response = connection.read()
        return response, connection.ended(0.3) if response.complete else response.error
