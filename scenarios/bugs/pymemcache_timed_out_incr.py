"""An incr by pymemcache that is given up after 0.2 s, and another."""

import os

from pymemcache import Client

client = Client((os.environ["SIMNET_MEMCACHED_HOST"], int(os.environ["SIMNET_MEMCACHED_PORT"])), timeout=0.2)
try:
    client.incr("alice", 1)
except TimeoutError:
    client.timeout = 10
    print("bob ->", client.incr("bob", 1))
