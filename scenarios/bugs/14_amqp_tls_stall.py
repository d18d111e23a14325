"""Connects to the broker over TLS, within 2 s; status 1 if it gives up."""

import os
import sys

import amqp

print("connecting")
try:
    amqp.Connection(os.environ["SIMNET_BROKER_ADDR"], ssl=True, connect_timeout=2).connect()
except OSError as error:
    sys.exit(repr(error))
