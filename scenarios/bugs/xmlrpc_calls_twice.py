"""One call by xmlrpc.client; with ONCE in the environment by a transport that does not repeat it."""

import http.client
import os
import xmlrpc.client


class Once(xmlrpc.client.Transport):
    """A transport that sends each request once."""

    request = xmlrpc.client.Transport.single_request


transport = Once() if "ONCE" in os.environ else None
bank = xmlrpc.client.ServerProxy(os.environ["SIMNET_BANK_URL"], transport=transport)
try:
    print("paid", bank.pay(5))
except http.client.RemoteDisconnected as error:
    print(repr(error))
