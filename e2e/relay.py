"""A reverse proxy on a loopback port that passes requests to the real upstream, counts them, and can be taken away. As a
forward proxy it passes every http:// URL to that same upstream, whatever host it names.

Stopping it is what an upstream outage looks like to the program: connections are refused.
"""
import http.client
import socket
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PASSED_ON = ("Accept", "Accept-Encoding", "Authorization", "Content-Encoding", "Content-Type", "If-Modified-Since", "If-None-Match",
             "If-Range", "Range", "User-Agent")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server"}
PIECE = 256 * 1024


class Relay:
    def __init__(self, upstream_url):
        self.upstream = urlsplit(upstream_url)
        self.keeps_host = False    # an upstream that writes links must know what it is called
        self.added = {}            # header fields that it is told besides
        self.tls = None            # a context, when clients shall use it
        self.requests = []   # (method, path, status), in order of their answers
        self.bodies = []     # (path, headers, bytes) of the requests that have a body
        self.credentials = set()   # every Authorization that came
        self.rate = None           # bytes a second of a body, when it shall be slow
        self.gate = None           # an Event that a body waits for after its first piece
        self.connections = set()
        self._server = None

    def start(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self._server.daemon_threads = True
        if self.tls:   # the handshake is for the connection's own thread
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"http://127.0.0.1:{self._server.server_port}{self.upstream.path.rstrip('/')}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def path_at_upstream(self, path):
        """For subclasses that are at another path."""
        return path

    def answer(self, method, path, headers):
        """For subclasses that speak for the upstream: (status, content type, bytes), or None to ask it."""

    def stop(self):
        """New connections are refused, those kept open are cut."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            for connection in list(self.connections):
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass   # it has gone by itself


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def __init__(self, relay, connection, *rest):
        self.relay = relay
        relay.connections.add(connection)
        try:
            super().__init__(connection, *rest)
        finally:
            relay.connections.discard(connection)

    def do_GET(self):
        self._pass_on()

    def do_HEAD(self):
        self._pass_on()

    def do_POST(self):
        self._pass_on()

    def _pass_on(self):
        upstream = self.relay.upstream
        if not self.path.startswith("/"):   # asked as a forward proxy
            self.path = urlsplit(self.path)._replace(scheme="", netloc="").geturl()
        body = self._body()
        self.relay.credentials.update(self.headers.get_all("Authorization", []))
        if answer := self.relay.answer(self.command, self.path, self.headers):
            self._speak(*answer)
            return
        kind = http.client.HTTPSConnection if upstream.scheme == "https" else http.client.HTTPConnection
        connection = kind(upstream.netloc, timeout=20)
        try:
            headers = {name: ", ".join(self.headers.get_all(name)) for name in PASSED_ON if name in self.headers} | self.relay.added
            if self.relay.keeps_host:
                headers["Host"] = self.headers["Host"]
            connection.request(self.command, self.relay.path_at_upstream(self.path), body=body, headers=headers)
            reply = connection.getresponse()
            self.relay.requests.append((self.command, self.path, reply.status))
            self._send(reply)
        except (OSError, http.client.HTTPException):
            self.close_connection = True   # a broken upstream looks broken, never like an end
        finally:
            connection.close()

    def _body(self):
        """What came with the request; None when it has no body."""
        if "Content-Length" in self.headers:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        elif "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size + 2)[:size]
            self.rfile.readline()
        else:
            return None
        self.relay.bodies.append((self.path, self.headers, body))
        return body

    def _speak(self, status, content_type, body):
        self.relay.requests.append((self.command, self.path, status))
        self.send_response_only(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send(self, reply):
        self.send_response_only(reply.status, reply.reason)
        for name, value in reply.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        if reply.getheader("Content-Length") is None:
            self.send_header("Connection", "close")
        self.end_headers()
        while piece := reply.read(PIECE):
            self.wfile.write(piece)
            if self.relay.rate:
                time.sleep(len(piece) / self.relay.rate)
            if self.relay.gate:
                self.relay.gate.wait(self.timeout)

    def log_message(self, *_):
        pass
