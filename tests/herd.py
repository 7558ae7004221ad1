"""Many clients at once, on one selector in one thread."""

import selectors
import socket
import struct
import threading
import time

from client import request_bytes, split_address
from response import ResponseReader
from waiting import deadline, wait_until


class Herd:
    """`n` clients that ask for the same path (or for `paths[i]`) at the same moment, in one background
    thread.
    """

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
