"""Carries one scripted reply out on one connection."""

import datetime
import email.utils
import socket
import ssl
import time

from body import as_body
from waiting import deadline

_PIECE = 64 * 1024
_GIVE_UP = 60.0  # no stall outlives a test


class Cut(Exception):
    """The script says: close the connection now."""

    def __init__(self, rst=False):
        self.rst = rst


def http_date(seconds_from_now=0):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds_from_now)
    return email.utils.format_datetime(when, usegmt=True)


class Speaker:
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
            raise Cut()
        if reply.delay_head:
            self._wait_for_release()
        if reply.drop:
            raise Cut(reply.drop == "rst")
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
            return (
                304,
                [
                    (k, v)
                    for k, v in headers
                    if k.lower() in ("etag", "last-modified", "cache-control", "date")
                ],
                as_body(b""),
            )
        if reply.ranges:
            headers.append(("Accept-Ranges", "bytes"))
            wanted = self._range(body.size)
            if wanted == "unsatisfiable":
                return (
                    416,
                    headers + [("Content-Range", f"bytes */{body.size}"), ("Content-Length", "0")],
                    as_body(b""),
                )
            if wanted:
                first, last = wanted
                headers += [
                    ("Content-Range", f"bytes {first}-{last}/{body.size}"),
                    ("Content-Length", str(last - first + 1)),
                ]
                return 206, headers, Part(body, first, last + 1)
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
            return asked.strip() == "*" or (
                etag is not None and weak(etag) in [weak(t) for t in asked.split(",")]
            )
        since = self.request.header("if-modified-since")
        if since is None or modified is None:
            return False
        return email.utils.parsedate_to_datetime(modified) <= email.utils.parsedate_to_datetime(since)

    def _range(self, size):
        text = self.request.header("range")
        if text is None or not text.startswith("bytes=") or "," in text or self.request.method != "GET":
            return None
        condition = self.request.header("if-range")
        if condition is not None and condition not in (
            self.reply.header_value("etag"),
            self.reply.header_value("last-modified"),
        ):
            return None
        first, _, last = text[6:].partition("-")
        if first == "":
            first, last = max(0, size - int(last)), size - 1
        else:
            first, last = int(first), min(int(last) if last else size - 1, size - 1)
        return (first, last) if first < size else "unsatisfiable"

    def _send_head(self, status, headers):
        reply = self.reply
        reason = reply.reason or {
            200: "OK",
            206: "Partial Content",
            304: "Not Modified",
            404: "Not Found",
        }.get(status, "Scripted")
        names = {k.lower() for k, _ in headers}
        if "date" not in names:
            headers = headers + [("Date", http_date())]
        if reply.close:
            headers = headers + [("Connection", "close")]
        head = (
            f"{reply.version} {status} {reason}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers) + "\r\n"
        )
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
        reply, chunked = self.reply, self.reply.framing == "chunked" and not isinstance(body, Part)
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
                raise Cut()
            data = body.slice(offset, end)
            self.connection.sendall(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
            offset = end
            with self.upstream._lock:
                self.upstream.bytes_sent += len(data)
            self._pace(offset)
        self._marks(offset)
        if chunked:
            if reply.chunk_fault == "missing_last":
                raise Cut()
            self.connection.sendall(b"0\r\n\r\n")
        if reply.announced is not None and reply.announced > body.size:
            raise Cut()

    def _marks(self, offset):
        if self.reply.stall_at is not None and offset == min(self.reply.stall_at, self.reply.body.size):
            self._wait_for_release()
        if self.reply.cut_at is not None and offset >= self.reply.cut_at:
            raise Cut(self.reply.cut_rst)

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
                    raise Cut()
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


class Part:
    """A window of a body."""

    def __init__(self, body, first, end):
        self.body, self.first, self.size = body, first, end - first

    def slice(self, start, end):
        return self.body.slice(self.first + start, self.first + min(end, self.size))
