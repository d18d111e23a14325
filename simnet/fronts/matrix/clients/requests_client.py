"""requests with a Session, as its documentation begins; and with time-outs, its retries mounted, its status checked."""

from __future__ import annotations

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

TIMEOUTS = 1.5, 1.5
"""Seconds: to connect, and between two reads. There is none for the whole."""

session = requests.Session()
patient = requests.Session()
for scheme in ("http://", "https://"):
    patient.mount(scheme, HTTPAdapter(max_retries=Retry(total=2, backoff_factor=0.1, status_forcelist=[502, 503, 504])))


def get(url: str) -> bytes:
    """The first example."""
    return bytes(session.get(url).content)


def post(url: str, body: bytes) -> bytes:
    """The first example of POST."""
    return bytes(session.post(url, data=body).content)


def patient_get(url: str) -> bytes:
    """By urllib3's Retry, which repeats what RFC 9110 calls idempotent, and connecting."""
    reply = patient.get(url, timeout=TIMEOUTS)
    reply.raise_for_status()
    return bytes(reply.content)


def patient_post(url: str, body: bytes) -> bytes:
    """Retry repeats its connecting alone."""
    reply = patient.post(url, data=body, timeout=TIMEOUTS)
    reply.raise_for_status()
    return bytes(reply.content)
