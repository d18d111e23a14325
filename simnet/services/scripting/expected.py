"""What the client is expected to say: first how much of the stream it is, then what may stand in it.

Law: how TCP has cut the stream makes no difference. So a regular expression never looks at the open stream: it is put to
a whole unit, whose end is known by itself (a delimiter, a length, a count of bytes), and must match all of it.

The expressions are those of RE2 (github.com/google/re2/wiki/Syntax): it matches in time linear in the unit, whatever the
expression, because what would need backtracking (back-references, look-around) is no part of its language.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeAlias, final

import re2  # type: ignore[import-untyped]
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from simnet.services.scripting.pieces import NAME, Base64, Hex, Text, as_text, one_of_these, readable, sound, written
from simnet.values import ByteCount

__all__ = ["AnyExpected", "Expected", "Prefix", "compiled"]

Data: TypeAlias = bytes
"""In a model that has a field of that name."""

MOST = 1 << 20
"""Bytes of the largest unit."""

SLICE = r"^(\d{1,7})?\.\.(\d{1,7})?$"

UNITS = ("text", "hex", "base64", "bytes", "until", "length", "end")


@functools.cache
def compiled(pattern: str) -> Any:
    """The expression, for bytes; `.` is any byte. Raises `ValueError` for what RE2 does not take."""
    options = re2.Options()
    options.encoding, options.log_errors, options.dot_nl = re2.Options.Encoding.LATIN1, False, True
    try:
        return re2.compile(pattern.encode(), options)
    except re2.error as error:
        why = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f'"{pattern}" is no regular expression of RE2: {why}; write one without it') from None


@final
class Prefix(BaseModel):
    """A length that stands in the unit itself: with `plus` bytes more it is as long as the unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: int = Field(0, ge=0, le=64, strict=True, description="bytes of the unit that stand before the length")
    size: int = Field(ge=1, le=8, strict=True, description="bytes of the length itself")
    order: Literal["big", "little"] = Field("big", description="which of its bytes is first: big or little")
    plus: int = Field(
        0, ge=-64, le=64, strict=True, description="how many bytes the unit has beyond what the length says"
    )

    def whole(self, heard: bytes) -> int | None:
        """How long the unit is; None if that cannot be known yet."""
        field = heard[self.at : self.at + self.size]
        if len(field) < self.size:
            return None
        return max(self.at + self.size, int.from_bytes(field, self.order) + self.plus)


@final
class Expected(BaseModel):
    """One thing that the client is to say; an exact text may be written without `text:`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Text | None = Field(None, description="exactly this text")
    hex: Hex | None = Field(None, description="exactly these bytes, as hexadecimal digits")
    base64: Base64 | None = Field(None, description="exactly these bytes, in base64")
    bytes: ByteCount | None = Field(None, description="any bytes, so many")
    until: Annotated[str, Field(min_length=1), sound(as_text)] | None = Field(
        None, description="everything up to and with this delimiter"
    )
    times: int = Field(1, ge=1, le=1000, strict=True, description="how many delimiters end it")
    length: Prefix | None = Field(None, description="a unit that says its own length")
    end: Literal[True] | None = Field(None, description="the client's FIN")
    regex: Annotated[str, sound(compiled)] | None = Field(
        None, description="what the unit must match, whole (RE2); a line, if no unit is said"
    )
    at_most: ByteCount = Field(ByteCount(1 << 16), description="how long the unit may be, 1 MiB at most")
    capture: Mapping[Annotated[str, Field(pattern=NAME)], Annotated[str, Field(pattern=SLICE)]] = Field(
        {}, description="stretches of the unit to keep, by name: `{id: 4..8}`; the named groups of `regex` are kept too"
    )

    @field_validator("at_most")
    @classmethod
    def _fits(cls, value: ByteCount) -> ByteCount:
        if not 1 <= value.count <= MOST:
            raise ValueError(f"{value} cannot be the most that a unit has; write 1 B to 1 MiB")
        return value

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if self.regex is None or self.has_unit:
            unit = one_of_these(self, UNITS, "`expect`")
            if self.regex is not None and unit in {"text", "hex", "base64", "end"}:
                raise ValueError(f"`{unit}` is exact, there is nothing for `regex` to match; leave one out")
            if self.exact == b"":
                raise ValueError("nothing is expected here; leave the step out")
            if self.bytes is not None and not 1 <= self.bytes.count <= MOST:
                raise ValueError(f"{self.bytes} is not what one step can hear; write 1 B to 1 MiB")
        if self.times > 1 and self.until is None:
            raise ValueError("`times` counts delimiters; write `until`, or leave `times` out")
        return self

    @property
    def has_unit(self) -> bool:
        """Whether it says how much of the stream it is; a line, if not."""
        return any(getattr(self, name) is not None for name in UNITS)

    @property
    def exact(self) -> Data | None:
        """The very bytes, where they are said."""
        return written(self.text, self.hex, self.base64)

    @property
    def delimiter(self) -> Data:
        """What ends the unit, where that is what ends it."""
        return b"\n" if self.until is None else as_text(self.until)

    @property
    def captures(self) -> frozenset[str]:
        """The names of what is kept of it."""
        groups = () if self.regex is None else (name.decode() for name in compiled(self.regex).groupindex)
        return frozenset((*self.capture, *groups))

    @property
    def due(self) -> str:
        """What is expected, in words."""
        if self.exact is not None:
            data = self.exact
            return ('"' + repr(data)[2:-1] + '"' if readable(data) else data.hex(" "))[:160]
        if self.end:
            return "its FIN"
        like = "" if self.regex is None else f" like /{self.regex}/"
        if self.bytes is not None:
            return f"{self.bytes}{like}"
        if self.length is not None:
            return f"a unit with its length in front{like}"
        if self.until is None:
            return f"a line{like}"
        return f"{'' if self.times == 1 else f'{self.times} times '}up to {self.delimiter!r}{like}".replace("b'", "'")

    @model_serializer(mode="wrap")
    def _short(self, plain: SerializerFunctionWrapHandler) -> Any:
        found = plain(self)
        return found["text"] if list(found) == ["text"] else found


def slice_of(text: str) -> slice:
    """`4..8` as Python has it."""
    first, last = re.split(r"\.\.", text)
    return slice(int(first or 0), int(last) if last else None)


def _text_is_expected(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


AnyExpected = Annotated[Expected, BeforeValidator(_text_is_expected, json_schema_input_type=str | Expected)]
