"""Python's smtplib, by the first example of its documentation; and with a time-out and two more tries of connecting."""

from __future__ import annotations

import smtplib

from patience import patiently
from where import host_and_port

FROM, TO = "bob@mail.test", "alice@mail.test"
LETTER = b"From: bob@mail.test\r\nTo: alice@mail.test\r\nSubject: order\r\n\r\n"


def get(target: str) -> bytes:
    """Who Alice is."""
    host, port = host_and_port(target)
    with smtplib.SMTP(host, port) as server:
        return _alice(server)


def post(target: str, body: bytes) -> bytes:
    """A letter to Alice; what is returned are those who were refused."""
    host, port = host_and_port(target)
    with smtplib.SMTP(host, port) as server:
        return str(server.sendmail(FROM, TO, LETTER + body)).encode()


def patient_get(target: str) -> bytes:
    """A second and a half for each operation of the socket (there is no other time-out)."""

    def once() -> bytes:
        host, port = host_and_port(target)
        with smtplib.SMTP(host, port, timeout=1.5) as server:
            return _alice(server)

    return patiently(once, OSError, smtplib.SMTPException)


def patient_post(target: str, body: bytes) -> bytes:
    """Once."""
    host, port = host_and_port(target)
    with smtplib.SMTP(host, port, timeout=1.5) as server:
        return str(server.sendmail(FROM, TO, LETTER + body)).encode()


def _alice(server: smtplib.SMTP) -> bytes:
    server.ehlo_or_helo_if_needed()
    code, said = server.verify("alice")
    if code != 250:
        raise smtplib.SMTPResponseException(code, said)
    return said
