"""What is answered to which requests.

Law: the same request gets the same bytes every time: a body of a given size is a fixed pattern.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Annotated, Final, Self, final

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from simnet.services.contract import Answer
from simnet.values import ByteCount, Duration

__all__ = ["ANYTHING", "BODILESS", "PHRASES", "PIECE", "Route", "status_line"]

PIECE: Final = 1 << 16
PATTERN = b"simnet: a local network that fails on purpose. 0123456789abcdef\n"
"""64 bytes, of which bodies of a given size are made."""

PHRASES = {int(status): status.phrase for status in HTTPStatus}
"""With them the status line of a 200 is 17 bytes long."""

BODILESS = frozenset({204, 304})
"""Replies that end with their head (RFC 9110 sections 15.3.5 and 15.4.5)."""

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""Methods by which a client asks for a change (RFC 9110 section 9.2.1)."""

Method = Annotated[str, Field(pattern=r"^[A-Z][A-Z-]*$")]
Token = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]  # RFC 9110 section 5.6.2
HeaderValue = Annotated[str, Field(pattern=r"^[\x20-\x7e\t]*$")]


@final
class Route(BaseModel):
    """What is answered to the requests that match."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Method | None = Field(None, description="of which method, such as GET; any, if left out")
    path: str = Field("*", pattern=r"^(/[^*\s]*\*?|\*)$", description="exactly this path, or all that begin so: `/api/*`")
    status: int = Field(200, ge=200, le=599, strict=True, description="the status code")
    headers: Mapping[Token, HeaderValue] = Field({}, description="further header fields")
    body: str | None = Field(None, description="the body as text")
    body_size: ByteCount | None = Field(None, description="instead: a body of so many bytes")
    retry_after: Duration | None = Field(None, description="a Retry-After header, in whole seconds")
    effect: bool | None = Field(
        None,
        strict=True,
        description="whether it changes something; if left out, an unsafe method with a status 2xx does",
    )

    @field_validator("retry_after")
    @classmethod
    def _whole_seconds(cls, value: Duration | None) -> Duration | None:
        if value is not None and value.microseconds % 1_000_000:
            raise ValueError(
                f"Retry-After counts in whole seconds (RFC 9110 section 10.2.3), {value} is not; write 1s or 2s"
            )
        return value

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.body is not None and self.body_size is not None:
            raise ValueError("a route has `body` or `body_size`, not both; leave one out")
        if self.status in BODILESS and (self.body or (self.body_size and self.body_size.count)):
            raise ValueError(f"a {self.status} reply has no body (RFC 9110 section 15); leave `body` out")
        return self

    def matches(self, method: str, target: str) -> bool:
        """Whether a request for `target` (its query left aside) is meant."""
        path = target.partition("?")[0]
        if self.method not in {None, method}:
            return False
        return path.startswith(self.path[:-1]) if self.path.endswith("*") else path == self.path

    def fields(self) -> dict[str, str]:
        """The header fields that are said here."""
        retry = {} if self.retry_after is None else {"Retry-After": str(self.retry_after.microseconds // 1_000_000)}
        return {**self.headers, **retry}

    def size(self) -> int:
        """Bytes of the body."""
        return self.body_size.count if self.body_size is not None else len((self.body or "").encode())

    def answer(self, method: str) -> Answer:
        """The reply to a request of that method, as the trace tells of it."""
        retry = None if self.retry_after is None else self.retry_after.seconds
        return Answer(self.status, 0 if method == "HEAD" else self.size(), retry)

    def has_effect(self, method: str, *, otherwise: bool) -> bool:
        """Whether a request of that method that is answered by this changes something.

        `otherwise`: whether the service counts a change where the route does not say.
        """
        if self.effect is not None:
            return self.effect
        return otherwise and method in UNSAFE and 200 <= self.status < 300

    def pieces(self) -> Iterator[bytes]:
        """The body in pieces of 64 KiB."""
        if self.body_size is None:
            body = (self.body or "").encode()
            yield from (body[at : at + PIECE] for at in range(0, len(body), PIECE))
            return
        block = PATTERN * (PIECE // len(PATTERN))
        yield from (block[: self.body_size.count - at] for at in range(0, self.body_size.count, PIECE))


ANYTHING: Final = (Route(body="hello from simnet\n"),)
"""What is answered where no route is given."""


def status_line(status: int) -> str:
    """A body that says which status it is: `503 Service Unavailable`; none where there can be none."""
    return "" if status in BODILESS else f"{status} {PHRASES.get(status, '')}".rstrip() + "\n"
