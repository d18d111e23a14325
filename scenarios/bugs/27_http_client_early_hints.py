"""Asks for three people on one connection, by requests or httpx; status 1 if one of them gets another's answer."""

import importlib
import os
import sys

library = importlib.import_module(sys.argv[1])
client = library.Session() if sys.argv[1] == "requests" else library.Client()
wrong = 0
for name in ("alice", "bob", "carol"):
    answer = client.get(f"{os.environ['SIMNET_API_URL']}/{name}")
    print(f"/{name}: {answer.status_code} {answer.text!r}")
    wrong += answer.text != f"for {name}"
sys.exit(wrong > 0)
