"""The script language of the upstream: what is said to one request, how it is framed, how slow it is, how it
goes wrong.
"""

import gzip
import threading

from body import as_body
from waiting import wait_until


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


class Route:
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
