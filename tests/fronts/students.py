"""Students and their clients: for each lesson one who does well with a tool of his own, and one who is naive.

Each is a command as it is typed at the prompt. The good ones meet the rubric of their lesson, the naive ones do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["GOOD", "NAIVE"]


def python(code: str) -> str:
    """A program for python3, on its standard input."""
    return f"python3 - <<'END'\nimport os, socket, time, urllib.request, http.client\n{code}\nEND"


FETCH: Final = """
def fetch(name, timeout=2):
    return urllib.request.urlopen(os.environ[f"SIMNET_{name}_URL"], timeout=timeout).read()
"""
"""Plainly: one request, and whatever comes is the reply."""

PATIENTLY: Final = f"""
{FETCH}
def patiently(name, tries=6, pause=0.1, timeout=2):
    for number in range(tries):
        try:
            if reply := fetch(name, timeout):
                return reply
        except OSError:
            pass
        time.sleep(pause)
        pause *= 2
"""
"""With pauses that grow, and an eye on what came."""

ASK: Final = """
def ask(name):
    s = socket.socket(type=socket.SOCK_DGRAM)
    s.settimeout(5)
    s.connect((os.environ["SIMNET_DNS_HOST"], int(os.environ["SIMNET_DNS_PORT"])))
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    s.send(bytes.fromhex("000701000001000000000000") + labels + bytes([0, 0, 1, 0, 1]))
    reply = s.recv(512)
    return socket.inet_ntoa(reply[-4:]) if reply[3] & 15 == 0 else None
"""

DRIPPED: Final = """
def dripped(seconds):
    s = socket.create_connection((os.environ["SIMNET_DRIPPING_HOST"], int(os.environ["SIMNET_DRIPPING_PORT"])))
    s.settimeout(2)
    s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
    until = time.monotonic() + seconds
    while time.monotonic() < until and s.recv(99):
        pass
    s.close()
"""
"""Reads for that long, and would go on: no wait for data is ever long."""

GOOD: Final[Mapping[str, str]] = {
    "loopback": python(f'{FETCH}\nfetch("HERE")\nfetch("THERE")'),
    "ports": python(f'{FETCH}\nfetch("ODD")\nfetch("ODD")'),
    "refused": python(f'{PATIENTLY}\npatiently("API")'),
    "timed_out": python(
        f"{FETCH}\nfor name in ('DROPPED', 'FULL', 'SLOW', 'STARVED'):\n"
        "    try: fetch(name, 1)\n    except OSError as error: print(name, error)"
    ),
    "taken": python(f'{FETCH}\nprint(fetch("OLD"))'),
    "localhost": python(
        'at = ("localhost", int(os.environ["SIMNET_WEB_PORT"]))\n'
        's = socket.create_connection(at)\ns.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")\nprint(s.recv(99))'
    ),
    "names": python(
        f'{ASK}\nwhile (found := ask("api.test")) is None: time.sleep(0.1)\n'
        'socket.create_connection((found, int(os.environ["SIMNET_API_PORT"])), timeout=5).close()'
    ),
    "reset_or_close": "for url in $SIMNET_POLITE_URL $SIMNET_RUDE_URL; do curl -sS --retry 2 --retry-all-errors $url; done",
    "half_close": "curl -sS $SIMNET_API_URL/one $SIMNET_API_URL/two $SIMNET_API_URL/three",
    "stale": python(
        'import select\nc = http.client.HTTPConnection(os.environ["SIMNET_API_ADDR"], timeout=2)\n'
        "for _ in range(2):\n    c.sock and select.select([c.sock], [], [], 0)[0] and c.close()\n"
        '    c.request("GET", "/")\n    c.getresponse().read()\n    time.sleep(0.4)'
    ),
    "slow": python(f'{FETCH}\nfetch("FAR", 5)\nfetch("BUSY", 5)\n{DRIPPED}dripped(1)'),
    "retry": python(
        'made = urllib.request.Request(os.environ["SIMNET_SHOP_URL"] + "/orders", b"amount=5", {"Idempotency-Key": "k"})\n'
        "for _ in range(3):\n    try: urllib.request.urlopen(made, timeout=5).read(); break\n"
        "    except OSError as error: time.sleep(0.1)"
    ),
    "backoff": "pause=0.1; for i in 1 2 3 4 5 6; do curl -s $SIMNET_API_URL && break; sleep $pause;"
    ' pause=$(python3 -c "print(2 * $pause)"); done',
    "herd": python(
        f"{FETCH}\nimport threading\ndef client(pause):\n    for _ in range(5):\n"
        "        try: return fetch('SPREAD', 9)\n        except OSError: time.sleep(pause)\n"
        "herd = [threading.Thread(target=client, args=(0.05 + number / 20,)) for number in range(40)]\n"
        "for each in herd: each.start()"
    ),
    "descriptors": "for i in $(seq 5); do curl -s $SIMNET_CAREFUL_URL/[1-10]; done",
    "health": python(f'{FETCH}\ntry: fetch("SICK", 0.5)\nexcept OSError as error: print(fetch("WELL"))'),
}
"""By the name of the lesson: another tool than its own last command, or another way."""

NAIVE: Final[Mapping[str, str]] = {
    "loopback": "curl -s $SIMNET_HERE_URL http://127.0.0.1:1",
    "ports": "curl -s $SIMNET_ODD_URL",
    "refused": python(f'{FETCH}\nfetch("API")'),
    "timed_out": python(
        f"{FETCH}\nfor name in ('DROPPED', 'SLOW'):\n    try: fetch(name, 5)\n    except OSError as error: print(name, error)"
    ),
    "taken": "for i in 1 2; do python3 -c \"import socket; socket.create_server(('$SIMNET_OLD_HOST', $SIMNET_OLD_PORT))\"; done",
    "localhost": 'curl -s "http://[::1]:$SIMNET_WEB_PORT/"',
    "names": python(f'{ASK}\nif (found := ask("api.test")) is None: exit("no such name")'),
    "reset_or_close": python(f'{FETCH}\nprint("all of it:", fetch("POLITE"))\nfetch("RUDE")'),
    "half_close": python(
        'c = http.client.HTTPConnection(os.environ["SIMNET_API_ADDR"], timeout=1)\n'
        'for _ in range(2):\n    c.request("GET", "/")\n    c.getresponse().read()'
    ),
    "stale": python(
        'c = http.client.HTTPConnection(os.environ["SIMNET_API_ADDR"], timeout=1)\n'
        'for _ in range(2):\n    c.request("GET", "/")\n    c.getresponse().read()\n    time.sleep(0.4)'
    ),
    "slow": python(f'{FETCH}\nfetch("FAR")\nfetch("BUSY")\n{DRIPPED}dripped(5)'),
    "retry": "for i in 1 2; do curl -s --data amount=5 $SIMNET_SHOP_URL/orders; done",
    "backoff": python(f'{FETCH}\nwhile True:\n    try: fetch("API"); break\n    except OSError: pass'),
    "herd": python(
        f"{FETCH}\nimport threading\ntogether = threading.Barrier(40)\ndef client():\n    try: fetch('SPREAD', 9)\n"
        "    except OSError: pass\n    together.wait()\n    fetch('SPREAD', 9)\n"
        "herd = [threading.Thread(target=client) for _ in range(40)]\nfor each in herd: each.start()"
    ),
    "descriptors": python(
        'kept = [socket.create_connection((os.environ["SIMNET_CAREFUL_HOST"], int(os.environ["SIMNET_CAREFUL_PORT"])))'
        " for _ in range(60)]"
    ),
    "health": python(
        'socket.create_connection((os.environ["SIMNET_SICK_HOST"], int(os.environ["SIMNET_SICK_PORT"])), timeout=1).close()'
    ),
}
