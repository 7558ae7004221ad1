"""Large deterministic bodies that are made by offset and never held in memory."""

import hashlib
import random

_PIECE = 65521  # a prime: bytes shifted by any power of two are different bytes


class Body:
    """`size` bytes that depend on `seed` and on the offset alone."""

    def __init__(self, seed, size):
        self.seed = seed
        self.size = size
        self._noise = random.Random(seed).randbytes(_PIECE - 8)
        self._sha256 = None

    def __len__(self):
        return self.size

    def slice(self, start, end):
        """The bytes [start, end), cut at the end of the body."""
        end = min(end, self.size)
        if start >= end:
            return b""
        first, last = start // _PIECE, (end - 1) // _PIECE
        whole = b"".join(n.to_bytes(8, "big") + self._noise for n in range(first, last + 1))
        return whole[start - first * _PIECE : end - first * _PIECE]

    def bytes(self):
        return self.slice(0, self.size)

    @property
    def sha256(self):
        if self._sha256 is None:
            digest = hashlib.sha256()
            for offset in range(0, self.size, 1 << 20):
                digest.update(self.slice(offset, offset + (1 << 20)))
            self._sha256 = digest.hexdigest()
        return self._sha256


class Bytes:
    """A body that is given as it is; same face as Body."""

    def __init__(self, content):
        self.content = content
        self.size = len(content)

    def __len__(self):
        return self.size

    def slice(self, start, end):
        return self.content[start:end]

    def bytes(self):
        return self.content

    @property
    def sha256(self):
        return hashlib.sha256(self.content).hexdigest()


def as_body(content):
    """str, bytes, Body -> something with slice()."""
    if isinstance(content, str):
        return Bytes(content.encode())
    if isinstance(content, (bytes, bytearray)):
        return Bytes(bytes(content))
    return content
