"""Two POSTs by niquests, on one connection."""

import os

import niquests

with niquests.Session() as session:
    url = os.environ["SIMNET_API_URL"]
    print("cart", session.post(f"{url}/cart", data="amount=5").status_code)
    try:
        print("order", session.post(f"{url}/orders", data="cart=1").status_code)
    except niquests.ConnectionError as error:
        print(repr(error))
