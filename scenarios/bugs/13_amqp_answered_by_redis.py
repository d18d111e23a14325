"""Connects to the queue, within so many seconds where the library can be told; status 1 if it gives up."""

import os
import sys

import pika

host, port = os.environ["SIMNET_QUEUE_HOST"], int(os.environ["SIMNET_QUEUE_PORT"])
limit = {"stack_timeout": float(sys.argv[1])} if sys.argv[1:] else {}
print("connecting")
try:
    pika.BlockingConnection(pika.ConnectionParameters(host, port, socket_timeout=2, **limit))
except Exception as error:  # noqa: BLE001 - AMQPConnectorStackTimeout is no AMQPError
    sys.exit(repr(error))
