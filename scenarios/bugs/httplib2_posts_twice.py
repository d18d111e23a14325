"""One POST by httplib2."""

import os

import httplib2

reply, _ = httplib2.Http().request(os.environ["SIMNET_API_URL"], "POST", body="cart=1")
print("status", reply.status)
