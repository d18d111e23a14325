"""What is answered in place of a route.

Law: pure. A Retry-After that is a date is the only thing in a reply that a clock has a part in, and the hour is handed in.
"""

from __future__ import annotations

import dataclasses
import math
import re
from email.utils import formatdate

from simnet.services.contract import Answer, Request
from simnet.services.http1.route import BODILESS, PHRASES, Route, status_line
from simnet.verdicts.request import Redirect, Substitute

__all__ = ["redirected", "substituted"]


def substituted(verdict: Substitute, request: Request, now: float) -> tuple[Route, Answer]:
    """The reply that the verdict names; `now` in seconds since 1970, for a Retry-After that is a date."""
    body = status_line(verdict.status) if verdict.body is None else verdict.body
    fields = {} if verdict.retry_after is None else {"Retry-After": _when(verdict, verdict.retry_after, now)}
    route = Route(status=verdict.status, headers=fields, body="" if verdict.status in BODILESS else body)
    return route, dataclasses.replace(route.answer(request.method), retry_after=verdict.retry_after)


def _when(verdict: Substitute, seconds: float, now: float) -> str:
    """In whole seconds, or as a date (RFC 9110 section 5.6.7) that is not a moment sooner than asked."""
    return formatdate(math.ceil(now + seconds), usegmt=True) if verdict.as_date else str(math.ceil(seconds))


def redirected(verdict: Redirect, request: Request) -> Route:
    """To the next of the targets; which one this is, its query tells: `/a`, `/a?hop=1`, `/a?hop=2`, and `/a` again."""
    base, hop = request.target, 0
    if found := re.fullmatch(r"(.*)[?&]hop=(\d{1,6})", request.target):
        base, hop = found[1], int(found[2])
    hop = (hop + 1) % verdict.urls
    target = f"{base}{'&' if '?' in base else '?'}hop={hop}" if hop else base
    return Route(status=verdict.status, headers={"Location": target}, body=f"{PHRASES[verdict.status]}: {target}\n")
