"""One POST by requests."""

import os

import requests

try:
    print("status", requests.post(os.environ["SIMNET_API_URL"], data="cart=1", timeout=10).status_code)
except requests.ConnectionError as error:
    print(repr(error))
