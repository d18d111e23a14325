"""httpx with a Client, as its documentation begins (five seconds for each operation); and with less, tries, status."""

from __future__ import annotations

import httpx
from patience import patiently

client = httpx.Client()
patient = httpx.Client(timeout=1.5, transport=httpx.HTTPTransport(retries=2))
"""`retries` of the transport are those of connecting; what else is repeated is the user's affair."""


def get(url: str) -> bytes:
    """The first example."""
    return bytes(client.get(url).content)


def post(url: str, body: bytes) -> bytes:
    """As the quickstart posts bytes."""
    return bytes(client.post(url, content=body).content)


def patient_get(url: str) -> bytes:
    """Two more tries after what went wrong once it was connected."""
    errors = httpx.ReadError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.HTTPStatusError
    return patiently(lambda: bytes(patient.get(url).raise_for_status().content), *errors)


def patient_post(url: str, body: bytes) -> bytes:
    """The transport repeats its connecting alone."""
    return bytes(patient.post(url, content=body).raise_for_status().content)
