"""Sends two POSTs on one connection, and tells the caller of the second's trouble."""

import http.client
import os

connection = http.client.HTTPConnection(os.environ["SIMNET_API_ADDR"])
for path, form in (("/cart", "amount=5"), ("/orders", "cart=1")):
    connection.request("POST", path, form)
    try:
        print(path, connection.getresponse().read())
    except ConnectionError as error:
        print(path, repr(error))
