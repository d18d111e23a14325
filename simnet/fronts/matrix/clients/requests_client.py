"""requests, as its quickstart shows it, and as a careful user sets it up: one session for the calls of a process."""

from __future__ import annotations

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

SESSION = requests.Session()

PATIENCE = (1.0, 2.0)
"""Seconds to connect, and between two reads."""

RETRIES = Retry(total=2, backoff_factor=0.2, status_forcelist=(502, 503, 504), raise_on_status=False)
"""Of methods that may be repeated: POST is not among them."""


def get(url: str) -> bytes:
    """`requests.get(url)`, all defaults left."""
    return _body(SESSION.get(url))


def post(url: str, body: bytes) -> bytes:
    """`requests.post(url, data=body)`."""
    return _body(SESSION.post(url, data=body))


def patient_get(url: str) -> bytes:
    """With time-outs, two more tries and a back-off."""
    return _body(_careful().get(url, timeout=PATIENCE))


def patient_post(url: str, body: bytes) -> bytes:
    """With time-outs; the retries are not for a POST."""
    return _body(_careful().post(url, data=body, timeout=PATIENCE))


def _careful() -> requests.Session:
    SESSION.mount("http://", HTTPAdapter(max_retries=RETRIES))
    SESSION.mount("https://", HTTPAdapter(max_retries=RETRIES))
    return SESSION


def _body(reply: requests.Response) -> bytes:
    reply.raise_for_status()
    return reply.content
