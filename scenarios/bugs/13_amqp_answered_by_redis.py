"""Connects to the queue; status 1 if it gives up."""

import os
import sys

import pika

host, port = os.environ["SIMNET_QUEUE_HOST"], int(os.environ["SIMNET_QUEUE_PORT"])
print("connecting")
try:
    pika.BlockingConnection(pika.ConnectionParameters(host, port, socket_timeout=2))
except Exception as error:
    sys.exit(repr(error))
