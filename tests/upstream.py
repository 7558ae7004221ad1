"""A scripted HTTP/1.1 origin on raw sockets: says exactly what a test wants said, right or wrong, and remembers what it was asked.

    upstream.when("/f").reply(200, b"hello").etag('"1"')               # one behaviour, for ever
    upstream.when("/f").reply(503, b"").then().reply(200, b"fine")      # one per request; the last one stays
    stalled = upstream.when("/big").reply(200, Body(1, 64 << 20)).stall_after(32 << 20)
    ...
    stalled.release()
"""

import datetime
import email.utils
import gzip
import os
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import weakref

from body import as_body
from waiting import deadline, wait_until

_PIECE = 64 * 1024
_GIVE_UP = 60.0  # no stall outlives a test


class _Cut(Exception):
    """The script says: close the connection now."""

    def __init__(self, rst=False):
        self.rst = rst


class Request:
    """One request as the origin saw it."""

    def __init__(self, method, target, version, headers, connection, body=b""):
        self.method = method
        self.target = target
        self.path = target.partition("?")[0]
        self.version = version
        self.headers = headers  # list of (name in lower case, value)
        self.connection = connection  # number of the connection it came on
        self.body = body
        self.time = time.monotonic()

    def header(self, name):
        """The value of a header, several joined by a comma, or None."""
        values = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(values) if values else None

    def __repr__(self):
        return f"<{self.method} {self.target} on #{self.connection}>"


class Reply:
    """One scripted behaviour. Every method returns the reply itself, so that they chain."""

    def __init__(self, route):
        self._route = route
        self.status = 200
        self.reason = None
        self.headers = []
        self.body = as_body(b"")
        self.framing = "length"  # length | chunked | close
        self.version = "HTTP/1.1"
        self.announced = None
        self.chunk_size = 16 * 1024
        self.ranges = False
        self.conditional = True
        self.close = False
        self.delay_head = False
        self.never = False
        self.raw_bytes = None
        self.raw_close = True
        self.drop = None
        self.bytes_per_s = None
        self.head_bytes_per_s = None
        self.stall_at = None
        self.cut_at = None
        self.cut_rst = False
        self.chunk_fault = None  # bad | missing_last
        self.head_content = False
        self._released = threading.Event()
        self._stalled = threading.Event()
        self.waiting = 0  # connections at the stalling point now

    # What is said.
    def reply(self, status=200, body=b"", headers=()):
        self.status = status
        self.body = as_body(body)
        self.headers += list(headers.items() if isinstance(headers, dict) else headers)
        return self

    def header(self, name, value):
        self.headers.append((name, value))
        return self

    def etag(self, value):
        return self.header("ETag", value)

    def last_modified(self, when="Wed, 21 Oct 2015 07:28:00 GMT"):
        return self.header("Last-Modified", when)

    def redirect(self, to, status=302):
        return self.reply(status, b"moved\n").header("Location", to)

    def gzip_encoded(self):
        """A coded body, as some origins send it without being asked."""
        self.body = as_body(gzip.compress(self.body.bytes(), mtime=0))
        return self.header("Content-Encoding", "gzip")

    def with_ranges(self):
        """Answers a single range with 206."""
        self.ranges = True
        return self

    def unconditional(self):
        """Never answers 304, whatever is asked."""
        self.conditional = False
        return self

    # How it is framed.
    def length(self, known=True):
        """Content-Length or, with False, chunked."""
        self.framing = "length" if known else "chunked"
        return self

    def chunked(self, size=16 * 1024):
        self.framing, self.chunk_size = "chunked", size
        return self

    def until_close(self):
        """No length at all: the body ends with the connection."""
        self.framing, self.close = "close", True
        return self

    def http10(self):
        """An HTTP/1.0 answer, ended by closing."""
        self.version = "HTTP/1.0"
        return self.until_close()

    def closing(self):
        """Complete, but the connection is not kept."""
        self.close = True
        return self

    # How slow it is.
    def rate(self, bytes_per_s):
        self.bytes_per_s = bytes_per_s
        return self

    def head_rate(self, bytes_per_s):
        """The head drips out byte by byte."""
        self.head_bytes_per_s = bytes_per_s
        return self

    def stall_after(self, n):
        """Sends the head and n bytes of the body, then waits for release()."""
        self.stall_at = n
        return self

    def stall_before_head(self):
        """Reads the request, then says nothing before release()."""
        self.delay_head = True
        return self

    def never_answer(self):
        self.never = True
        return self

    # How it goes wrong.
    def cut_after(self, n, rst=False):
        """Closes (or resets) after n bytes of the body."""
        self.cut_at, self.cut_rst = n, rst
        return self

    def drop_connection(self, rst=False):
        """Closes without a byte of an answer."""
        self.drop = "rst" if rst else "fin"
        return self

    def garbage(self):
        """Bytes that are no HTTP."""
        return self.raw(bytes(range(128, 256)) * 8)

    def bad_chunk(self):
        """A chunk whose size is no number, half-way."""
        self.framing, self.chunk_fault = "chunked", "bad"
        return self

    def missing_last_chunk(self):
        """Every byte of the body, and then the connection ends instead of the last chunk."""
        self.framing, self.chunk_fault = "chunked", "missing_last"
        return self

    def wrong_length(self, announced, actual=None):
        """Announces another length than it sends (`actual` bytes, default the whole body)."""
        self.announced = announced
        if actual is not None:
            self.body = as_body(self.body.slice(0, actual))
        return self

    def unasked_206(self):
        """A part although the whole was asked for."""
        size = self.body.size
        self.body, self.status = as_body(self.body.slice(0, size // 2)), 206
        return self.header("Content-Range", f"bytes 0-{size // 2 - 1}/{size}")

    def raw(self, content, close=True):
        """Exactly these bytes, whatever they mean."""
        self.raw_bytes, self.raw_close = content, close
        return self

    def body_on_head(self):
        """Wrongly sends the body to a HEAD as well."""
        self.head_content = True
        return self

    # The script itself.
    def then(self):
        """The behaviour for the next request."""
        return self._route.add()

    def release(self):
        """Lets whoever stalls go on, now and in future."""
        self._released.set()

    @property
    def stalled(self):
        """True once a connection waits at the stalling point."""
        return self._stalled.is_set()

    def wait_stalled(self, timeout=10):
        wait_until(self._stalled.is_set, timeout, "the upstream to reach its stalling point")

    def header_value(self, name):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None


class _Route:
    def __init__(self):
        self.replies = []
        self.next = 0
        self.lock = threading.Lock()

    def add(self):
        reply = Reply(self)
        self.replies.append(reply)
        return reply

    def take(self):
        with self.lock:
            reply = self.replies[min(self.next, len(self.replies) - 1)]
            self.next += 1
            return reply


def http_date(seconds_from_now=0):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds_from_now)
    return email.utils.format_datetime(when, usegmt=True)


class Upstream:
    """The origin. Starts at once; `base_url` is where it listens. `tls=True` speaks HTTPS with a certificate of its own."""

    living = weakref.WeakSet()

    def __init__(self, host="127.0.0.1", tls=False, port=0, certificate=None):
        self.host = host
        self.tls = certificate or (Certificate(host) if tls else None)
        self.routes = {}
        self.default = Reply(_Route()).reply(404, b"no such thing here\n", {"Content-Type": "text/plain"})
        self.requests = []
        self.connections = 0  # accepted so far
        self.failed_handshakes = 0
        self.bytes_sent = 0  # of bodies
        self._open = {}
        self._lock = threading.Lock()
        self._listener = None
        self._accepting = None
        self._closing = False
        self.port = port
        self.start()
        Upstream.living.add(self)

    @property
    def authority(self):
        return f"{self.host}:{self.port}"

    @property
    def base_url(self):
        return f"{'https' if self.tls else 'http'}://{self.authority}"

    # Scripting.
    def when(self, target, method=None):
        """Replaces what is said to `target` (a path, or a path with its query), optionally to one method only."""
        route = _Route()
        with self._lock:
            self.routes[(method, target)] = route
        return route.add()

    # Questions about what happened.
    def asked(self, path=None, method=None):
        """The requests for a path (without regard to the query unless it holds one), in order."""
        with self._lock:
            seen = list(self.requests)
        return [
            r
            for r in seen
            if (path is None or path in (r.target, r.path)) and (method is None or r.method == method)
        ]

    def count(self, path=None, method=None):
        return len(self.asked(path, method))

    def gets(self, path=None):
        return self.count(path, "GET")

    def last(self, path=None, method=None):
        return self.asked(path, method)[-1]

    @property
    def open_connections(self):
        with self._lock:
            return len(self._open)

    # Being there and being gone.
    def start(self):
        """Listens, on the same port as before if there was one."""
        listener = self._listener or self._bind()
        listener.listen(512)
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._closing = False
        self._accepting = threading.Thread(target=self._accept, args=(listener,), daemon=True)
        self._accepting.start()

    def stop(self):
        """Gone: every connection is closed, new ones are refused. The port stays ours for start()."""
        if self._closing or self._listener is None:
            return
        self._closing = True
        listener, self._listener = self._listener, None
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        self._accepting.join()
        self.drop_connections()
        self._listener = self._bind()  # bound, not listening: refused, and nobody else gets the port

    def close(self):
        """The end, for teardown."""
        self.release_all()
        self.stop()
        if self._listener:
            self._listener.close()
            self._listener = None

    def drop_connections(self, rst=False):
        """Ends the connections that are open now; goes on listening."""
        with self._lock:
            mine = list(self._open.values())
        for connection in mine:
            try:
                if rst:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.close()
                else:
                    connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def release_all(self):
        with self._lock:
            routes = list(self.routes.values())
        for route in routes:
            for reply in route.replies:
                reply.release()

    def _bind(self):
        listener = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.host, self.port))
        return listener

    # Serving.
    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if self._closing:
                connection.close()
                return
            with self._lock:
                self.connections += 1
                number = self.connections
                self._open[number] = connection
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection, number):
        plain = connection
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                connection = self.tls.context.wrap_socket(connection, server_side=True)
                with self._lock:
                    self._open[number] = connection
            reader = connection.makefile("rb", buffering=65536)
            while self._one(connection, reader, number):
                pass
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):  # so that closing does not reset what was sent
                pass
        except _Cut as cut:
            if cut.rst:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except ssl.SSLError:
            self.failed_handshakes += 1
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._open.pop(number, None)
            try:
                reader.close()
            except (UnboundLocalError, OSError, ValueError):
                pass
            for each in {connection, plain}:
                try:
                    each.close()
                except OSError:
                    pass

    def _one(self, connection, reader, number):
        request = self._read_request(reader, number)
        if request is None:
            return False
        with self._lock:
            route = (
                self.routes.get((request.method, request.target))
                or self.routes.get((request.method, request.path))
                or self.routes.get((None, request.target))
                or self.routes.get((None, request.path))
            )
            reply = route.take() if route else self.default  # before it counts as asked: a test may then script anew
            self.requests.append(request)
        keep = _Speaker(self, connection, request, reply).speak()
        return keep and (request.header("connection") or "").lower() != "close"

    def _read_request(self, reader, number):
        if not reader.peek(1)[:1].isalpha():
            return None  # the end, or no HTTP at all (TLS on a plain port)
        line = reader.readline(65536)
        method, target, version = line.decode("latin-1").split()
        headers = []
        while True:
            line = reader.readline(65536)
            if line in (b"\r\n", b"\n", b""):
                break
            name, _, value = line.decode("latin-1").partition(":")
            headers.append((name.strip().lower(), value.strip()))
        request = Request(method, target, version, headers, number)
        if length := request.header("content-length"):
            request.body = reader.read(int(length))
        return request

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _Speaker:
    """Carries one reply out on one connection."""

    def __init__(self, upstream, connection, request, reply):
        self.upstream = upstream
        self.connection = connection
        self.request = request
        self.reply = reply
        self.start = time.monotonic()
        self.sent = 0

    def speak(self):
        """Returns whether the connection may be used again."""
        reply = self.reply
        if reply.never:
            self._wait_for_release()
            raise _Cut()
        if reply.delay_head:
            self._wait_for_release()
        if reply.drop:
            raise _Cut(reply.drop == "rst")
        if reply.raw_bytes is not None:
            self.connection.sendall(reply.raw_bytes)
            return not reply.raw_close
        status, headers, body = self._content()
        self._send_head(status, headers)
        bodiless = self.request.method == "HEAD" or status == 304 or status == 204 or 100 <= status < 200
        if not bodiless or (reply.head_content and status == 200):
            self._send_body(body)
        return not reply.close

    def _content(self):
        """Status, headers and body for this request: 304, 206, 416 or what was scripted."""
        reply, body = self.reply, self.reply.body
        headers = list(reply.headers)
        if reply.status == 200 and reply.conditional and self._not_modified():
            return 304, [(k, v) for k, v in headers if k.lower() in ("etag", "last-modified", "cache-control", "date")], as_body(b"")
        if reply.ranges:
            headers.append(("Accept-Ranges", "bytes"))
            wanted = self._range(body.size)
            if wanted == "unsatisfiable":
                return 416, headers + [("Content-Range", f"bytes */{body.size}"), ("Content-Length", "0")], as_body(b"")
            if wanted:
                first, last = wanted
                headers += [("Content-Range", f"bytes {first}-{last}/{body.size}"), ("Content-Length", str(last - first + 1))]
                return 206, headers, _Part(body, first, last + 1)
        if reply.framing == "length" and reply.status not in (204, 304):
            headers.append(("Content-Length", str(body.size if reply.announced is None else reply.announced)))
        elif reply.framing == "chunked":
            headers.append(("Transfer-Encoding", "chunked"))
        return reply.status, headers, body

    def _not_modified(self):
        etag, modified = self.reply.header_value("etag"), self.reply.header_value("last-modified")
        asked = self.request.header("if-none-match")
        if asked is not None:
            weak = lambda tag: tag.strip().removeprefix("W/")
            return asked.strip() == "*" or (etag is not None and weak(etag) in [weak(t) for t in asked.split(",")])
        since = self.request.header("if-modified-since")
        if since is None or modified is None:
            return False
        return email.utils.parsedate_to_datetime(modified) <= email.utils.parsedate_to_datetime(since)

    def _range(self, size):
        text = self.request.header("range")
        if text is None or not text.startswith("bytes=") or "," in text or self.request.method != "GET":
            return None
        condition = self.request.header("if-range")
        if condition is not None and condition not in (self.reply.header_value("etag"), self.reply.header_value("last-modified")):
            return None
        first, _, last = text[6:].partition("-")
        if first == "":
            first, last = max(0, size - int(last)), size - 1
        else:
            first, last = int(first), min(int(last) if last else size - 1, size - 1)
        return (first, last) if first < size else "unsatisfiable"

    def _send_head(self, status, headers):
        reply = self.reply
        reason = reply.reason or {200: "OK", 206: "Partial Content", 304: "Not Modified", 404: "Not Found"}.get(status, "Scripted")
        names = {k.lower() for k, _ in headers}
        if "date" not in names:
            headers = headers + [("Date", http_date())]
        if reply.close:
            headers = headers + [("Connection", "close")]
        head = f"{reply.version} {status} {reason}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers) + "\r\n"
        data = head.encode("latin-1")
        if not reply.head_bytes_per_s:
            self.connection.sendall(data)
            return
        for i in range(len(data)):
            self.connection.sendall(data[i : i + 1])
            if reply._released.wait(1.0 / reply.head_bytes_per_s) or self.upstream._closing:
                self.connection.sendall(data[i + 1 :])
                return

    def _send_body(self, body):
        reply, chunked = self.reply, self.reply.framing == "chunked" and not isinstance(body, _Part)
        piece = reply.chunk_size if chunked else _PIECE
        if reply.bytes_per_s:
            piece = min(piece, max(1, reply.bytes_per_s // 50))
        half = body.size // 2
        offset = 0
        self.start = time.monotonic()
        while offset < body.size:
            self._marks(offset)
            end = min(offset + piece, body.size)
            for mark in (reply.stall_at, reply.cut_at, half if reply.chunk_fault == "bad" else None):
                if mark is not None and offset < mark < end:
                    end = mark
            if chunked and reply.chunk_fault == "bad" and offset >= half:
                self.connection.sendall(b"zz\r\nwhat is this\r\n")
                raise _Cut()
            data = body.slice(offset, end)
            self.connection.sendall(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
            offset = end
            with self.upstream._lock:
                self.upstream.bytes_sent += len(data)
            self._pace(offset)
        self._marks(offset)
        if chunked:
            if reply.chunk_fault == "missing_last":
                raise _Cut()
            self.connection.sendall(b"0\r\n\r\n")
        if reply.announced is not None and reply.announced > body.size:
            raise _Cut()

    def _marks(self, offset):
        if self.reply.stall_at is not None and offset == min(self.reply.stall_at, self.reply.body.size):
            self._wait_for_release()
        if self.reply.cut_at is not None and offset >= self.reply.cut_at:
            raise _Cut(self.reply.cut_rst)

    def _pace(self, offset):
        if self.reply.bytes_per_s:
            ahead = offset / self.reply.bytes_per_s - (time.monotonic() - self.start)
            if ahead > 0:
                self.reply._released.wait(ahead)

    def _wait_for_release(self):
        """Waits; also ends when the other side goes away, the origin is stopped, or a minute has passed."""
        end = time.monotonic() + deadline(_GIVE_UP)
        self._count(+1)
        self.reply._stalled.set()
        try:
            while not self.reply._released.wait(0.02):
                if self.upstream._closing or time.monotonic() > end or self._peer_left():
                    raise _Cut()
        finally:
            self._count(-1)

    def _count(self, by):
        with self.upstream._lock:
            self.reply.waiting += by

    def _peer_left(self):
        if isinstance(self.connection, ssl.SSLSocket):
            return False
        try:
            return self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False


class _Part:
    """A window of a body."""

    def __init__(self, body, first, end):
        self.body, self.first, self.size = body, first, end - first

    def slice(self, start, end):
        return self.body.slice(self.first + start, self.first + min(end, self.size))


class Certificate:
    """A self-signed certificate for `name` (an address or a host name), made with the openssl command."""

    def __init__(self, name="127.0.0.1", days=2, also=()):
        self.folder = tempfile.TemporaryDirectory(prefix="artifactapi-tls-")
        self.cert, self.key = os.path.join(self.folder.name, "cert.pem"), os.path.join(self.folder.name, "key.pem")
        kind = lambda n: ("IP:" if n.replace(".", "").isdigit() or ":" in n else "DNS:") + n
        names = ",".join(kind(n) for n in (name, *also))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.key]
            + ["-out", self.cert, "-days", str(days), "-subj", "/CN=scripted upstream", "-addext", f"subjectAltName={names}"],
            check=True,
            capture_output=True,
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.cert, self.key)


class ForwardProxy(Upstream):
    """A forward proxy that records what it is asked for and answers itself: absolute-form GETs by their URL, CONNECT by a tunnel.

    `proxy.when("http://far.example/f").reply(...)` scripts a far origin; what is not scripted is forwarded to the authority named.
    """

    def _one(self, connection, reader, number):
        request = self._read_request(reader, number)
        if request is None:
            return False
        with self._lock:
            route = self.routes.get((None, request.target))
            reply = route.take() if route else None
            self.requests.append(request)
        if reply:
            return _Speaker(self, connection, request, reply).speak()
        if request.method == "CONNECT":
            self._tunnel(connection, request.target)
            return False
        _Speaker(self, connection, request, self.default).speak()
        return True

    def _tunnel(self, connection, authority):
        host, _, port = authority.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), timeout=deadline(5)) as far:
            connection.sendall(b"HTTP/1.1 200 tunnel\r\n\r\n")
            far.settimeout(None)
            back = threading.Thread(target=_pump, args=(far, connection), daemon=True)
            back.start()
            _pump(connection, far)
            back.join(deadline(5))


def _pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
