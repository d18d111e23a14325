"""urllib3, by the first example of its user guide; and with time-outs, a bounded Retry with back-off, its status checked."""

from __future__ import annotations

import urllib3

patient = urllib3.PoolManager(
    timeout=urllib3.Timeout(connect=1.5, read=1.5),
    retries=urllib3.Retry(total=2, backoff_factor=0.1, status_forcelist=[502, 503, 504]),
)


def get(url: str) -> bytes:
    """The first example."""
    return bytes(urllib3.request("GET", url).data)


def post(url: str, body: bytes) -> bytes:
    """As the user guide posts."""
    return bytes(urllib3.request("POST", url, body=body).data)


def patient_get(url: str) -> bytes:
    """Retry repeats what RFC 9110 calls idempotent, and connecting."""
    return _checked(patient.request("GET", url))


def patient_post(url: str, body: bytes) -> bytes:
    """Retry repeats its connecting alone."""
    return _checked(patient.request("POST", url, body=body))


def _checked(reply: urllib3.BaseHTTPResponse) -> bytes:
    if reply.status >= 400:
        raise urllib3.exceptions.HTTPError(f"status {reply.status}")
    return bytes(reply.data)
