"""A forward proxy that remembers what it was asked for."""

import socket
import threading

from speaker import Speaker
from upstream import Upstream
from waiting import deadline


class ForwardProxy(Upstream):
    """A forward proxy that records what it is asked for; CONNECT gets a tunnel.

    `proxy.when("http://far.example/f").reply(...)` scripts a far origin; what is not scripted is 404.
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
            return Speaker(self, connection, request, reply).speak()
        if request.method == "CONNECT":
            self._tunnel(connection, request.target)
            return False
        Speaker(self, connection, request, self.default).speak()
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
