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

PASSED_ON = ("Accept", "Accept-Encoding", "Authorization", "If-Modified-Since", "If-None-Match", "If-Range", "Range", "User-Agent")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server"}
PIECE = 256 * 1024


class Relay:
    def __init__(self, upstream_url):
        self.upstream = urlsplit(upstream_url)
        self.requests = []   # (method, path, status), in order of their answers
        self.credentials = set()   # every Authorization that came
        self.rate = None           # bytes a second of a body, when it shall be slow
        self.gate = None           # an Event that a body waits for after its first piece
        self.connections = set()
        self._server = None

    def start(self):
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}{self.upstream.path.rstrip('/')}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

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

    def _pass_on(self):
        upstream = self.relay.upstream
        if not self.path.startswith("/"):   # asked as a forward proxy
            self.path = urlsplit(self.path)._replace(scheme="", netloc="").geturl()
        kind = http.client.HTTPSConnection if upstream.scheme == "https" else http.client.HTTPConnection
        connection = kind(upstream.netloc, timeout=20)
        try:
            self.relay.credentials.update(self.headers.get_all("Authorization", []))
            headers = {name: ", ".join(self.headers.get_all(name)) for name in PASSED_ON if name in self.headers}
            connection.request(self.command, self.path, headers=headers)
            reply = connection.getresponse()
            self.relay.requests.append((self.command, self.path, reply.status))
            self._send(reply)
        except (OSError, http.client.HTTPException):
            self.close_connection = True   # a broken upstream looks broken, never like an end
        finally:
            connection.close()

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
