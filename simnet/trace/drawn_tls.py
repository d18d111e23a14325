"""What the events of TLS are drawn as (see `drawn.py`)."""

from __future__ import annotations

from simnet.trace.events import ClientHelloSeen, HandshakeDone, HandshakeFailed
from simnet.trace.rows import Drawing, Look, Shape
from simnet.trace.wording import shown

__all__ = ["client_hello", "handshake_done", "handshake_failed"]


def client_hello(to: Drawing, event: ClientHelloSeen) -> None:
    """An arrow with the name that the client asks for."""
    flow = to.flow(event, event.connection, Shape.OUT)
    flow.head = shown(f"ClientHello {event.server_name}".rstrip())
    flow.alike = ("hello", event.service, flow.head)


def handshake_done(to: Drawing, event: HandshakeDone) -> None:
    """What was agreed."""
    agreed = ", ".join(shown(part) for part in (event.version, event.cipher, event.alpn) if part)
    label = to.tag(event, event.connection).append("TLS", "bold").append(f" · {agreed}")
    to.add(event, Look(Shape.HERE, "green", "●"), label, agreed)


def handshake_failed(to: Drawing, event: HandshakeFailed) -> None:
    """Why nothing was."""
    label = to.tag(event, event.connection).append("no TLS", "bold").append(f" · {shown(event.why)}")
    to.add(event, Look(Shape.HERE, "red", "✗"), label, event.why)
