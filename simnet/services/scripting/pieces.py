"""Bytes as an author writes them: as text, as hexadecimal digits, in base64, or as what was captured before.

What answers a WebSocket's key is the one thing that is computed: without it no client of that protocol goes on.

Law: a piece that exists has its bytes; what is written wrong is refused where it stands. Texts are UTF-8.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Self, final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

__all__ = [
    "NAME", "Base64", "Hex", "Piece", "Pieces", "Text", "as_text", "one_of_these", "readable", "shown", "sound", "written",
]  # fmt: skip

NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,31}$"
"""What may be the name of a capture or a label: a name that a regular expression can give to a group."""

WIDEST = 48
"""Bytes that a message shows of what was said."""

WEBSOCKET = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What a server hashes behind the client's key, to show that it speaks WebSocket (RFC 6455 section 4.2.2)."""

HEX = re.compile(r"([0-9A-Fa-f]{2}\s*)*")


def as_hex(text: str) -> bytes:
    """The bytes of hexadecimal digits, blanks between them left aside. Raises `ValueError` with the cure."""
    if not HEX.fullmatch(text.strip()):
        raise ValueError(f'"{text}" is not hexadecimal; write two digits for each byte, such as "00 1f"')
    return bytes.fromhex(text)


def as_base64(text: str) -> bytes:
    """The bytes of base64 (RFC 4648 section 4). Raises `ValueError` with the cure."""
    try:
        return base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f'"{text}" is not base64; write what `base64` prints') from None


def as_text(text: str) -> bytes:
    """The bytes of a text. Raises `ValueError` for half a character (a lone surrogate)."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ValueError("this text has half a character in it; write bytes that are no UTF-8 as `hex`") from None


def sound(read: Callable[[str], object]) -> AfterValidator:
    """For a field that stays as the author wrote it: what `read` cannot make sense of is refused."""

    def check(value: str) -> str:
        read(value)
        return value

    return AfterValidator(check)


Text = Annotated[str, sound(as_text)]
Hex = Annotated[str, sound(as_hex)]
Base64 = Annotated[str, sound(as_base64)]


def written(text: str | None, hexadecimal: str | None, base_64: str | None) -> bytes | None:
    """The bytes that are given in one of these ways; None if in none of them."""
    if text is not None:
        return as_text(text)
    if hexadecimal is not None:
        return as_hex(hexadecimal)
    return None if base_64 is None else as_base64(base_64)


def one_of_these(model: BaseModel, names: tuple[str, ...], owner: str) -> str:
    """The one of `names` that is given. Raises `ValueError` if it is not exactly one."""
    said = [name for name in names if getattr(model, name) is not None]
    if len(said) == 1:
        return said[0]
    if not said:
        raise ValueError(f"{owner} says nothing; write one of {', '.join(f'`{name}`' for name in names)}")
    both = " and ".join(f"`{name}`" for name in said[:2])
    raise ValueError(f"{owner} has {both}; leave one out")


def readable(data: bytes) -> bool:
    """Whether `data` is best written as text: ASCII, and mostly of letters, digits and signs."""
    plain = sum(0x20 <= byte < 0x7F or byte in b"\r\n\t" for byte in data)
    return data.isascii() and plain * 4 >= len(data) * 3


def shown(data: bytes) -> str:
    """`data` in a message: in quotes where it can be read, as hexadecimal digits where not; cut where it is long."""
    head = bytes(data[:WIDEST])
    more = f" ({len(data)} bytes)" if len(data) > len(head) else ""
    if readable(head):
        return '"' + repr(head)[2:-1].replace('"', '\\"').replace("\\'", "'") + ('..."' if more else '"') + more
    return head.hex(" ") + ("..." if more else "") + more


@final
class Piece(BaseModel):
    """Some bytes; a text alone may be written without `text:`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Text | None = Field(None, description="the bytes as a text")
    hex: Hex | None = Field(None, description="the bytes as hexadecimal digits, two for each")
    base64: Base64 | None = Field(None, description="the bytes in base64")
    captured: str | None = Field(None, pattern=NAME, description="what an `expect` has captured under this name")
    websocket_accept: str | None = Field(
        None, pattern=NAME, description="what answers the Sec-WebSocket-Key that is captured under this name (RFC 6455)"
    )

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        one_of_these(self, ("text", "hex", "base64", "captured", "websocket_accept"), "a piece")
        if self.needs is None and not self.data({}):
            raise ValueError("an empty piece sends nothing; leave it out")
        return self

    @property
    def needs(self) -> str | None:
        """The name of the capture that it is made of."""
        return self.captured if self.captured is not None else self.websocket_accept

    def data(self, captured: Mapping[str, bytes]) -> bytes:
        """The bytes. Raises `KeyError` for a capture that has not been made."""
        said = written(self.text, self.hex, self.base64)
        if said is not None:
            return said
        assert self.needs is not None, "a piece is something"
        kept = captured[self.needs]
        return kept if self.captured is not None else _websocket_accept(kept)

    @model_serializer(mode="wrap")
    def _short(self, plain: SerializerFunctionWrapHandler) -> Any:
        return self.text if self.text is not None else plain(self)


def _websocket_accept(key: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(key + WEBSOCKET, usedforsecurity=False).digest())


def _text_is_a_piece(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


AnyPiece = Annotated[Piece, BeforeValidator(_text_is_a_piece, json_schema_input_type=str | Piece)]


def _one_is_a_list(value: object) -> object:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


Pieces = Annotated[
    tuple[AnyPiece, ...],
    BeforeValidator(_one_is_a_list, json_schema_input_type=str | Piece | list[str | Piece]),
    Field(min_length=1),
]
"""One piece, or several in a row."""
