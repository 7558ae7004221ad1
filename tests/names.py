"""A name server for tests: answers A questions from a table, or takes every question and says nothing."""

import socket
import struct
import threading


class NameServer:
    """UDP on host:53 (so in a network namespace). `table` maps a name to an address; None as an answer is
    silence.
    """

    def __init__(self, host="127.0.0.1", table=None, silent=False):
        self.table = dict(table or {})
        self.silent = silent
        self.questions = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 53))
        threading.Thread(target=self._run, daemon=True).start()

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _run(self):
        while True:
            try:
                query, peer = self._socket.recvfrom(2048)
            except OSError:
                return
            name, kind, end = self._question(query)
            self.questions.append(name)
            address = self.table.get(name)
            if self.silent or (name in self.table and address is None):
                continue
            answer = kind == 1 and address
            code = 0 if name in self.table else 3
            reply = (
                query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, 1 if answer else 0, 0, 0) + query[12:end]
            )
            if answer:
                reply += b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + socket.inet_aton(address)
            try:
                self._socket.sendto(reply, peer)
            except OSError:
                return

    @staticmethod
    def _question(query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode("latin-1"))
            at += 1 + query[at]
        return ".".join(labels).lower(), struct.unpack(">H", query[at + 1 : at + 3])[0], at + 5
