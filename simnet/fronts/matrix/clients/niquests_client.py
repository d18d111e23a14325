"""niquests with a Session, as its documentation begins; and with time-outs, retries with back-off, its status checked."""

from __future__ import annotations

import niquests

session = niquests.Session()
patient = niquests.Session(
    retries=niquests.RetryConfiguration(total=2, backoff_factor=0.1, status_forcelist=[502, 503, 504]), timeout=1.5
)


def get(url: str) -> bytes:
    """The first example."""
    return bytes(session.get(url).content or b"")


def post(url: str, body: bytes) -> bytes:
    """The first example of POST."""
    return bytes(session.post(url, data=body).content or b"")


def patient_get(url: str) -> bytes:
    """Retries repeat what RFC 9110 calls idempotent, and connecting."""
    return bytes(patient.get(url).raise_for_status().content or b"")


def patient_post(url: str, body: bytes) -> bytes:
    """Retries repeat its connecting alone."""
    return bytes(patient.post(url, data=body).raise_for_status().content or b"")
