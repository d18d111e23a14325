"""One INCR by redis-py, with its own idea of retries."""

import os

import redis

host, port = os.environ["SIMNET_REDIS_HOST"], int(os.environ["SIMNET_REDIS_PORT"])
client = redis.Redis(host, port, protocol=2, lib_name=None, lib_version=None)  # no HELLO, no CLIENT SETINFO
try:
    print("incr ->", client.incr("hits"))
except redis.ConnectionError as error:
    print(repr(error))
