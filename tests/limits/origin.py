"""A cheap origin: GET /SIZE/anything is SIZE bytes, the same MiB over and over, sent with sendfile from one small file.

    origin.py ADDRESS_FILE      listens on a free port of 127.0.0.1 and writes host:port there
"""

import os
import selectors
import socket
import sys
import tempfile

MIB = 1 << 20
PIECE = bytes(range(256)) * 4096


class Connection:
    def __init__(self, client):
        self.client = client
        self.request = b""
        self.head = b""
        self.size = self.sent = 0

    @property
    def busy(self):
        return bool(self.head) or self.sent < self.size

    def read(self):
        """False when the other side is gone."""
        data = self.client.recv(65536)
        self.request += data
        return bool(data)

    def begin(self):
        """Takes the next request, if one is whole."""
        end = self.request.find(b"\r\n\r\n")
        if end < 0:
            return
        method, target, _ = self.request[:end].split(b"\r\n")[0].split(b" ")
        self.request = self.request[end + 4 :]
        size = int(target.split(b"/")[1])
        self.head = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % size
        self.size, self.sent = (size if method == b"GET" else 0), 0

    def write(self, source):
        if self.head:
            self.head = self.head[self.client.send(self.head) :]
        while not self.head and self.sent < self.size:
            at = self.sent % MIB
            self.sent += os.sendfile(self.client.fileno(), source, at, min(MIB - at, self.size - self.sent))


def serve(address_file):
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setblocking(False)
    with tempfile.TemporaryFile() as source:
        source.write(PIECE)
        source.flush()
        selector = selectors.DefaultSelector()
        selector.register(listener, selectors.EVENT_READ)
        with open(address_file, "w", encoding="ascii") as out:
            out.write("127.0.0.1:%d\n" % listener.getsockname()[1])
        while True:
            for key, ready in selector.select():
                if key.fileobj is listener:
                    client, _ = listener.accept()
                    client.setblocking(False)
                    selector.register(client, selectors.EVENT_READ, Connection(client))
                else:
                    step(selector, key.data, ready, source.fileno())


def step(selector, connection, ready, source):
    try:
        if ready & selectors.EVENT_READ and not connection.read():
            raise ConnectionError
        if not connection.busy:
            connection.begin()
        try:
            connection.write(source)
        except BlockingIOError:
            pass
        events = selectors.EVENT_WRITE if connection.busy else selectors.EVENT_READ
        selector.modify(connection.client, events, connection)
    except OSError:
        selector.unregister(connection.client)
        connection.client.close()


if __name__ == "__main__":
    serve(sys.argv[1])
