"""What a reply of HTTP/1.0 says, read whole: for those who read a socket by hand.

Law: a reply that is not 2xx, or not of the length that it promises, is no reply.
"""

from __future__ import annotations

__all__ = ["body_of", "get_request", "post_request"]


def get_request(host: str, path: str) -> bytes:
    """As one writes it by hand."""
    return f"GET {path or '/'} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode()


def post_request(host: str, path: str, body: bytes) -> bytes:
    """As one writes it by hand."""
    head = f"POST {path or '/'} HTTP/1.0\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def body_of(reply: bytes) -> bytes:
    """The body. Raises `ValueError` if the reply is cut, refused, or nonsense."""
    head, blank, body = reply.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    words = status.split(" ", 2)
    if not blank or not words[0].startswith("HTTP/1."):
        raise ValueError(f"no HTTP reply: {reply[:40]!r}")
    if len(words) < 2 or not words[1].startswith("2"):
        raise ValueError(f"the reply is {status}")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    promised = fields.get("content-length")
    if promised is not None and int(promised) != len(body):
        raise ValueError(f"{promised} bytes were promised, {len(body)} came")
    return body
