"""A scripted HTTP/1.1 origin on raw sockets: says what a test wants said, right or wrong, and remembers what
it was asked.

    upstream.when("/f").reply(200, b"hello").etag('"1"')               # one behaviour, for ever
    upstream.when("/f").reply(503, b"").then().reply(200, b"fine")      # one per request; the last one stays
    stalled = upstream.when("/big").reply(200, Body(1, 64 << 20)).stall_after(32 << 20)
    ...
    stalled.release()
"""

import socket
import ssl
import struct
import threading
import time
import weakref

from certificate import Certificate
from reply import Reply, Route
from speaker import Cut, Speaker


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


class Upstream:
    """The origin. Starts at once; `base_url` is where it listens. `tls=True` speaks HTTPS with a certificate
    of its own.
    """

    living = weakref.WeakSet()

    def __init__(self, host="127.0.0.1", tls=False, port=0, certificate=None):
        self.host = host
        self.tls = certificate or (Certificate(host) if tls else None)
        self.routes = {}
        self.default = Reply(Route()).reply(404, b"no such thing here\n", {"Content-Type": "text/plain"})
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
        """Replaces what is said to `target` (a path, or a path with its query), optionally to one method
        only.
        """
        return self.replace(target, lambda reply: reply, method)

    def replace(self, target, script, method=None):
        """The same in one step, for a path that is being asked for meanwhile: script(reply) describes it
        before anyone can hear it.
        """
        route = Route()
        reply = script(route.add())
        with self._lock:
            self.routes[(method, target)] = route
        return reply

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
        except Cut as cut:
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
            reply = self.reply_to(request)  # before it counts as asked: a test may then script anew
            self.requests.append(request)
        keep = Speaker(self, connection, request, reply).speak()
        return keep and (request.header("connection") or "").lower() != "close"

    def reply_to(self, request):
        """What is said to it. Called under the lock."""
        route = (
            self.routes.get((request.method, request.target))
            or self.routes.get((request.method, request.path))
            or self.routes.get((None, request.target))
            or self.routes.get((None, request.path))
        )
        return route.take() if route else self.default

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
