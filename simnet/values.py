"""The quantities of a scenario: parse or refuse.

Law: a value that exists is valid. Each is frozen, prints itself in the notation that parses back to an equal value,
and refuses a bare number where a unit is due: `250` might be milliseconds or seconds, and a guess would be a lie.
No helpers live here and nothing here does I/O.
"""

from __future__ import annotations

import ipaddress
import itertools
import math
import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

__all__ = ["ByteCount", "Chance", "Duration", "Endpoint", "Numbers", "Quantity", "Rate", "Span", "is_loopback"]

_NUMBER = r"(?:\d+(?:\.\d+)?|\.\d+)"


class Quantity:
    """Base of the values: text in, text out, for pydantic, YAML and JSON Schema alike."""

    __slots__ = ()
    pattern: ClassVar[str]
    examples: ClassVar[tuple[str, ...]]
    what: ClassVar[str]

    @classmethod
    def parse(cls, text: object) -> Self:
        """Return the value that `text` denotes; `ValueError` says what is wrong and how to write it."""
        raise NotImplementedError

    @classmethod
    def refuse(cls, text: object, why: str = "") -> ValueError:
        """The error for `text`, with examples of what would do."""
        shown = f'"{text}"' if isinstance(text, str) else f"{text}"
        return ValueError(f"{shown} is not {cls.what}{why and ': ' + why}; write {' or '.join(cls.examples[:2])}")

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        def validate(value: object) -> Quantity:
            return value if isinstance(value, cls) else cls.parse(value)

        text = core_schema.str_schema(pattern=cls.pattern)
        return core_schema.no_info_plain_validator_function(
            validate,
            json_schema_input_schema=text,
            serialization=core_schema.plain_serializer_function_ser_schema(str, return_schema=text),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": cls.pattern, "examples": list(cls.examples), "description": cls.what}


def _unit(cls: type[Quantity], text: object, units: dict[str, float]) -> float:
    """The number in `text` times its unit; bare numbers and unknown units are refused by name."""
    names = ", ".join(units)
    if isinstance(text, bool) or not isinstance(text, str):
        if isinstance(text, int | float) and not isinstance(text, bool):
            raise cls.refuse(text, f"it has no unit ({names})")
        raise cls.refuse(text)
    match = re.fullmatch(rf"({_NUMBER})\s*([A-Za-z/%]*)", text.strip())
    if match is None:
        raise cls.refuse(text)
    number, unit = match.groups()
    if not unit:
        raise cls.refuse(text, f"it has no unit ({names})")
    if unit not in units:
        raise cls.refuse(text, f'the unit "{unit}" is not one of {names}')
    return float(number) * units[unit]


@dataclass(frozen=True, slots=True, order=True)
class Duration(Quantity):
    """A length of time, held in whole microseconds so that equal texts are equal values. 0 to 24 h."""

    microseconds: int
    pattern: ClassVar[str] = rf"^\s*{_NUMBER}\s*(us|ms|s|min|h)\s*$"
    examples: ClassVar[tuple[str, ...]] = ("250ms", "1.5s", "2min")
    what: ClassVar[str] = "a duration"
    units: ClassVar[dict[str, float]] = {"us": 1, "ms": 1e3, "s": 1e6, "min": 60e6, "h": 3600e6}

    @classmethod
    def parse(cls, text: object) -> Self:
        micros = round(_unit(cls, text, cls.units))
        if micros > 24 * 3600e6:
            raise cls.refuse(text, "the longest is 24h")
        return cls(micros)

    @classmethod
    def of(cls, seconds: float) -> Self:
        """The duration of that many seconds."""
        return cls(round(seconds * 1e6))

    @property
    def seconds(self) -> float:
        """The length in seconds."""
        return self.microseconds / 1e6

    def __str__(self) -> str:
        if self.microseconds % 1000:
            return f"{self.microseconds}us"
        if self.microseconds % 1_000_000 and self.microseconds < 10_000_000:
            return f"{self.microseconds // 1000}ms"
        return f"{self.microseconds / 1e6:.10g}s"


@dataclass(frozen=True, slots=True, order=True)
class ByteCount(Quantity):
    """A number of bytes, 0 B to 1 TiB."""

    count: int
    pattern: ClassVar[str] = rf"^\s*{_NUMBER}\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)\s*$"
    examples: ClassVar[tuple[str, ...]] = ("17 B", "64 KiB", "1.5 MB")
    what: ClassVar[str] = "a number of bytes"
    units: ClassVar[dict[str, float]] = {
        "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
    }  # fmt: skip

    @classmethod
    def parse(cls, text: object) -> Self:
        count = _unit(cls, text, cls.units)
        if not count.is_integer():
            raise cls.refuse(text, "a byte cannot be cut")
        if count > 2**40:
            raise cls.refuse(text, "the most is 1024 GiB")
        return cls(int(count))

    def __str__(self) -> str:
        for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
            if self.count and self.count % size == 0:
                return f"{self.count // size} {unit}"
        return f"{self.count} B"


@dataclass(frozen=True, slots=True, order=True)
class Rate(Quantity):
    """Bytes per second, 1 B/s to 100 GB/s."""

    per_second: int
    pattern: ClassVar[str] = rf"^\s*{_NUMBER}\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)/s\s*$"
    examples: ClassVar[tuple[str, ...]] = ("64 KiB/s", "1 MB/s", "100 B/s")
    what: ClassVar[str] = "a rate"
    units: ClassVar[dict[str, float]] = {f"{unit}/s": size for unit, size in ByteCount.units.items()}

    @classmethod
    def parse(cls, text: object) -> Self:
        rate = round(_unit(cls, text, cls.units))
        if not 1 <= rate <= 100_000_000_000:
            raise cls.refuse(text, "it must be between 1 B/s and 100 GB/s")
        return cls(rate)

    def __str__(self) -> str:
        return f"{ByteCount(self.per_second)}/s"


@dataclass(frozen=True, slots=True, order=True)
class Chance(Quantity):
    """A probability, held in millionths, 0 % to 100 %."""

    millionths: int
    pattern: ClassVar[str] = rf"^\s*{_NUMBER}\s*%\s*$"
    examples: ClassVar[tuple[str, ...]] = ("10%", "0.5%")
    what: ClassVar[str] = "a chance"

    @classmethod
    def parse(cls, text: object) -> Self:
        millionths = round(_unit(cls, text, {"%": 1e4}))
        if millionths > 1_000_000:
            raise cls.refuse(text, "nothing is likelier than 100%")
        return cls(millionths)

    @property
    def fraction(self) -> float:
        """The probability as a number between 0 and 1."""
        return self.millionths / 1e6

    def __str__(self) -> str:
        return f"{self.millionths / 1e4:.10g}%"


@dataclass(frozen=True, slots=True)
class Span(Quantity):
    """A stretch of time since the network came up: `5s..8s`, `5s..` (to the end), `..3s` (from the start)."""

    start: Duration
    end: Duration | None
    pattern: ClassVar[str] = rf"^\s*({_NUMBER}\s*(us|ms|s|min|h))?\s*\.\.\s*({_NUMBER}\s*(us|ms|s|min|h))?\s*$"
    examples: ClassVar[tuple[str, ...]] = ("5s..8s", "5s..", "..3s")
    what: ClassVar[str] = "a span of time"

    @classmethod
    def parse(cls, text: object) -> Self:
        if not isinstance(text, str) or text.count("..") != 1:
            raise cls.refuse(text)
        first, last = (part.strip() for part in text.split(".."))
        if not first and not last:
            raise cls.refuse(text)
        start = Duration.parse(first) if first else Duration(0)
        end = Duration.parse(last) if last else None
        if end is not None and end <= start:
            raise cls.refuse(text, "it ends before it begins")
        return cls(start, end)

    @property
    def end_seconds(self) -> float:
        """The end in seconds; infinity where the span has none."""
        return math.inf if self.end is None else self.end.seconds

    def covers(self, seconds: float) -> bool:
        """Whether the moment `seconds` after the start of the world lies in the span (the end does not)."""
        return self.start.seconds <= seconds < self.end_seconds

    def __str__(self) -> str:
        return f"{self.start if self.start.microseconds or self.end is None else ''}..{self.end or ''}"


@dataclass(frozen=True, slots=True)
class Numbers(Quantity):
    """Which ones, counted from 1: `3`, `1-2`, `4-` (from the fourth on), `1,3,5-7`."""

    ranges: tuple[tuple[int, int | None], ...]
    pattern: ClassVar[str] = r"^\s*\d+\s*(-\s*\d*)?\s*(,\s*\d+\s*(-\s*\d*)?\s*)*$"
    examples: ClassVar[tuple[str, ...]] = ("1-2", "4-", "1,3,5-7", "3")
    what: ClassVar[str] = "a set of numbers"

    @classmethod
    def parse(cls, text: object) -> Self:
        if isinstance(text, bool) or not isinstance(text, int | str):
            raise cls.refuse(text)
        ranges = tuple(cls._range(text, part) for part in str(text).split(","))
        for (_, last), (first, _) in itertools.pairwise(ranges):
            if last is None or first <= last:
                raise cls.refuse(text, "the ranges overlap or are out of order")
        return cls(ranges)

    @classmethod
    def _range(cls, text: object, part: str) -> tuple[int, int | None]:
        match = re.fullmatch(r"\s*(\d{1,9})\s*(?:(-)\s*(\d{1,9})?\s*)?", part)
        if match is None:
            raise cls.refuse(text)
        first, dash, last = match.groups()
        start, end = int(first), (int(last) if last else None if dash else int(first))
        if start < 1:
            raise cls.refuse(text, "counting starts at 1")
        if end is not None and end < start:
            raise cls.refuse(text, f"the range {part.strip()} is backwards")
        return start, end

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and any(
            first <= number and (last is None or number <= last) for first, last in self.ranges
        )

    @property
    def last(self) -> int | None:
        """The highest number of the set, or None where it goes on for ever."""
        return self.ranges[-1][1]

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = {"type": "string", "pattern": cls.pattern}
        either = [text, {"type": "integer", "minimum": 1}]
        return {"anyOf": either, "examples": list(cls.examples), "description": cls.what}

    def __str__(self) -> str:
        return ",".join(
            f"{first}-" if last is None else str(first) if first == last else f"{first}-{last}"
            for first, last in self.ranges
        )


def is_loopback(address: str) -> bool:
    """Whether `address` is one that simnet may bind or dial: 127.0.0.0/8 or ::1 (RFC 1122 3.2.1.3, RFC 4291 2.5.3)."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Endpoint(Quantity):
    """Where a service is: `127.20.0.1:8080`, `[::1]:8080`; either half may be left out and is then leased.

    `127.255.255.255` binds but cannot be dialled (the kernel takes it for a broadcast address: ENETUNREACH), so it
    is refused.
    """

    address: str | None
    port: int | None
    pattern: ClassVar[str] = r"^\s*(127(\.\d{1,3}){3}|\[::1\]|::1)?(:\d{1,5})?\s*$"
    examples: ClassVar[tuple[str, ...]] = ("127.20.0.1:8080", "127.20.0.1", ":8080", "[::1]:8080")
    what: ClassVar[str] = "an address of this machine's loopback"

    @classmethod
    def parse(cls, text: object) -> Self:
        if isinstance(text, int) and not isinstance(text, bool):
            raise cls.refuse(text, f"a port alone is written :{text}")
        if not isinstance(text, str) or not text.strip():
            raise cls.refuse(text)
        address, port = cls._split(text.strip())
        if address is not None:
            cls._check_address(text, address)
        if port is not None and not 1 <= port <= 65535:
            raise cls.refuse(text, f"port {port} is not between 1 and 65535")
        return cls(address, port)

    @classmethod
    def _split(cls, text: str) -> tuple[str | None, int | None]:
        if text == "::1":
            return text, None
        match = re.fullmatch(r"(?:\[(?P<six>[^\]]*)\]|(?P<four>[^:\[\]]*))(?::(?P<port>\d{1,9}))?", text)
        if match is None:
            raise cls.refuse(text)
        address = match["six"] or match["four"] or None
        if address is None and match["port"] is None:
            raise cls.refuse(text)
        return address, None if match["port"] is None else int(match["port"])

    @classmethod
    def _check_address(cls, text: object, address: str) -> None:
        try:
            number = ipaddress.ip_address(address)
        except ValueError:
            raise cls.refuse(text, f"{address} is not an IP address") from None
        if not number.is_loopback:
            raise cls.refuse(text, "simnet binds 127.0.0.0/8 and ::1 only")
        if address == "127.255.255.255":
            raise cls.refuse(text, "the kernel lets nobody dial this one (ENETUNREACH)")

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        if self.address is None:
            return port
        return f"[{self.address}]{port}" if ":" in self.address and port else f"{self.address}{port}"
