"""One look-up by dnspython."""

import os
import sys

import dns.exception
import dns.resolver

resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = [os.environ["SIMNET_RESOLVER_HOST"]], int(os.environ["SIMNET_RESOLVER_PORT"])
try:
    print(resolver.resolve("api.test", "A")[0])
except dns.exception.DNSException as error:
    sys.exit(repr(error))
