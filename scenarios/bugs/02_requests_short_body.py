"""Reads a report; status 1 if that failed."""

import os
import sys

import requests

try:
    content = requests.get(f"{os.environ['SIMNET_API_URL']}/report", timeout=10).content
except requests.RequestException as error:
    print(type(error).__name__, error)
    sys.exit(1)
print(f"{len(content)} bytes, and no error")
