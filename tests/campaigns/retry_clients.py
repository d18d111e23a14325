"""Judges real retrying clients, with their defaults, and writes docs/retry-clients.md: `python tests/campaigns/retry_clients.py`.

Law: what stands in the page was measured, by the command alone; a client is used as its own documentation shows it
first, and whatever that leaves out is left at its default. Each run is a program of its own under `simnet run`, and
ends after `LIMIT` seconds; the whole takes some minutes, four at a time. Needs the extra `clients`, and curl.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from simnet.checks.contract import Check
from simnet.expect import check
from simnet.trace.journal import Trace

LIMIT: Final = 8
"""Seconds that a client may take for one scenario, from its first call on; then it kills itself."""
GUARD: Final = 60
"""Seconds more that its start may take on a machine under load."""
PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "retry-clients.md"

Send = Callable[[str, str], None]
"""Method and URL; returns on success, raises otherwise."""


def urllib3_retry(method: str, url: str) -> None:
    """`retries=Retry()`."""
    import urllib3  # noqa: PLC0415 - each client is a program of its own, which needs this one alone

    answer = urllib3.PoolManager(retries=urllib3.Retry()).request(method, url, body=_body(method))
    if answer.status >= 400:
        raise RuntimeError(f"status {answer.status}")


def _with_requests(method: str, url: str) -> None:
    import requests  # noqa: PLC0415

    requests.request(method, url, data=_body(method)).raise_for_status()


def tenacity(method: str, url: str) -> None:
    """`@retry` around requests."""
    from tenacity import retry  # noqa: PLC0415

    retry(_with_requests)(method, url)


def stamina(method: str, url: str) -> None:
    """`@stamina.retry(on=requests.RequestException)` around requests."""
    import requests  # noqa: PLC0415
    import stamina  # noqa: PLC0415

    stamina.retry(on=requests.RequestException)(_with_requests)(method, url)


def backoff(method: str, url: str) -> None:
    """`@backoff.on_exception(backoff.expo, requests.RequestException)` around requests."""
    import backoff  # noqa: PLC0415
    import requests  # noqa: PLC0415

    backoff.on_exception(backoff.expo, requests.RequestException)(_with_requests)(method, url)


def aiohttp_retry(method: str, url: str) -> None:
    """`RetryClient()`."""

    async def send() -> None:
        from aiohttp_retry import RetryClient  # noqa: PLC0415

        async with RetryClient() as client, client.request(method, url, data=_body(method)) as answer:
            answer.raise_for_status()
            await answer.read()

    asyncio.run(send())


def httpx_retries(method: str, url: str) -> None:
    """`httpx.Client(transport=RetryTransport())`."""
    import httpx  # noqa: PLC0415
    from httpx_retries import RetryTransport  # noqa: PLC0415

    with httpx.Client(transport=RetryTransport()) as client:
        client.request(method, url, content=_body(method)).raise_for_status()


def curl(method: str, url: str) -> None:
    """`curl --retry 3 --fail`."""
    command = ["curl", "--silent", "--show-error", "--fail", "--retry", "3", "--output", "/dev/null", url]
    subprocess.run([*command, *(["--data", "amount=5"] if method == "POST" else [])], check=True)


def _body(method: str) -> bytes | None:
    return b"amount=5" if method == "POST" else None


CLIENTS: Final[dict[str, tuple[Send, Sequence[str]]]] = {
    "urllib3": (urllib3_retry, ["urllib3"]),
    "tenacity": (tenacity, ["tenacity", "requests"]),
    "stamina": (stamina, ["stamina", "requests"]),
    "backoff": (backoff, ["backoff", "requests"]),
    "aiohttp-retry": (aiohttp_retry, ["aiohttp-retry", "aiohttp"]),
    "httpx-retries": (httpx_retries, ["httpx-retries", "httpx"]),
    "curl": (curl, []),
}


@dataclass(frozen=True)
class Case:
    """One scenario, how it is called, and what is claimed of the client."""

    title: str
    service: str
    checks: Sequence[Check]
    method: str = "GET"
    calls: int = 1


ODD = ",".join(str(number) for number in range(1, 50, 2))
CASES: Final = (
    Case(
        "always 503",
        "http: {routes: [{status: 503}]}",
        (
            check("retries_transient_failures", tries=3),
            check("minimum_gap", at_least="50ms"),
            check("backoff", jitter="any"),
            check("attempts_per_call", at_most=10),
        ),
    ),
    Case(
        "always refused",
        "speaks: http\n    faults: [{fault: refuse}]",
        (
            check("retries_transient_failures", tries=3),
            check("minimum_gap", at_least="50ms"),
            check("connect_rate", at_most=10),
        ),
    ),
    Case(
        "refused twice, then served",
        "speaks: http\n    faults: [{fault: refuse, when: {attempts: 1-2}}]",
        (check("retries_transient_failures", tries=3), check("retries_stop_after_success")),
    ),
    Case(
        "always 429 with Retry-After: 2",
        "http: {routes: [{status: 429, retry_after: 2s}]}",
        (check("retry_after_honoured"),),
    ),
    Case("always 404", "http: {routes: [{status: 404}]}", (check("no_retry_of_definitive_errors"),)),
    Case(
        "a reply that stalls",
        "speaks: http\n    faults: [{fault: stall, after: 10 B}]",
        (check("attempt_timeout", within="6s"),),
    ),
    Case(
        "a reply that is cut short (FIN)",
        "http: {routes: [{body_size: 10 KiB}]}\n    faults: [{fault: truncate, after: 5 KiB}]",
        (check("truncation_is_an_error"),),
    ),
    Case(
        "a POST whose reply is lost",
        "speaks: http\n    faults: [{fault: reset, after: 0 B, when: {requests: 1}}]",
        (check("attempts_per_call", at_most=1),),
        method="POST",
    ),
    Case(
        "25 calls, each refused once",
        f'speaks: http\n    faults: [{{fault: refuse, when: {{attempts: "{ODD}"}}, required: false}}]',
        (check("jitter"),),
        calls=25,
    ),
)


def main() -> None:
    """Run it all, and write the page."""
    with ThreadPoolExecutor(4) as pool:  # nearly all of the time is waiting
        found = {
            (case.title, name): pool.submit(lambda case, name: list(_judge(case, name)), case, name)
            for case in CASES
            for name in CLIENTS
        }
    results = {case.title: {name: found[case.title, name].result() for name in CLIENTS} for case in CASES}
    PAGE.write_text("\n".join(_page(results)) + "\n", "utf-8")
    sys.stderr.write(f"wrote {PAGE}\n")


def _judge(case: Case, client: str) -> Iterator[tuple[str, str]]:
    """For each check a sign and the first message."""
    trace = _run(case, client)
    for claim in case.checks:
        found = claim.differences(trace)
        sign = "✓" if not found else "–" if found[0].undecided else "✗"
        yield sign, found[0].message if found else ""
    sys.stderr.write(f"{case.title}: {client}\n")


def _run(case: Case, client: str) -> Trace:
    with tempfile.TemporaryDirectory() as folder:
        scenario, stored = Path(folder, "scenario.yaml"), Path(folder, "trace.jsonl")
        limit = (LIMIT if case.calls == 1 else LIMIT * 4) + GUARD
        text = f"simnet: 1\nservices:\n  api:\n    {case.service}\nexpect:\n  - finishes: {{within: {limit}s}}\n"
        scenario.write_text(text, "utf-8")
        command = [sys.executable, __file__, client, case.method, str(case.calls)]
        simnet = [sys.executable, "-m", "simnet", "run", str(scenario), "--trace", str(stored), "--", *command]
        subprocess.run(simnet, capture_output=True, timeout=limit + 60, check=False)
        return Trace.loads(stored.read_text("utf-8"))


def _page(results: dict[str, dict[str, list[tuple[str, str]]]]) -> Iterator[str]:
    yield "# What retrying clients do with their defaults\n"
    yield "<!-- written by `python tests/campaigns/retry_clients.py` -->\n"
    yield (
        "Measured, not judged by reputation: each client is used as its own documentation shows it first, against a network"
        f" that fails in one way. ✓ the claim held, ✗ it did not, – there was nothing to judge. A client that went on after"
        f" {LIMIT} s was ended (25 calls: {LIMIT * 4} s). What a ✗ means for you depends on what you want: a client that never"
        " retries a refused connection may be just right.\n"
    )
    yield "| client | used as | versions |\n|---|---|---|"
    for name, (send, packages) in CLIENTS.items():
        yield f"| {name} | {(send.__doc__ or '').rstrip('.')} | {_versions(packages)} |"
    yield ""
    yield f"| the network | the claim | {' | '.join(CLIENTS)} |"
    yield f"|---|---|{'---|' * len(CLIENTS)}"
    for case in CASES:
        for at, claim in enumerate(case.checks):
            signs = " | ".join(results[case.title][name][at][0] for name in CLIENTS)
            yield f"| {case.title} | `{_claim(claim)}` | {signs} |"
    yield "\n## What was seen"
    for name in CLIENTS:
        yield f"\n### {name}\n"
        said = [
            f"- {case.title}, `{claim.name}`: {results[case.title][name][at][1]}"
            for case in CASES
            for at, claim in enumerate(case.checks)
            if results[case.title][name][at][0] == "✗"
        ]
        yield from said or ["All claims held."]


def _claim(claim: Check) -> str:
    said = claim.model_dump(mode="json", exclude_defaults=True)
    return f"{claim.name}: {{{', '.join(f'{key}: {value}' for key, value in said.items())}}}"


def _versions(packages: Sequence[str]) -> str:
    if packages:
        return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    curl_path = shutil.which("curl")
    assert curl_path is not None, "curl is one of the clients"
    said = subprocess.run([curl_path, "--version"], capture_output=True, text=True, check=True).stdout
    return " ".join(said.split()[:2])


def client(name: str, method: str, calls: int) -> int:
    """What runs as the program under test: the client, so many times; 1 if the last call failed."""
    for package in CLIENTS[name][1]:  # what takes time to load is loaded before the time counts
        importlib.import_module(package.replace("-", "_"))
    timer = threading.Timer(LIMIT if calls == 1 else LIMIT * 4, os.kill, (os.getpid(), signal.SIGKILL))
    timer.daemon = True
    timer.start()
    failed: Any = None
    for _ in range(calls):
        try:
            CLIENTS[name][0](method, os.environ["SIMNET_API_URL"] + "/")
            failed = None
        except Exception as error:  # noqa: BLE001 - whatever it raises is its answer
            failed = error
    return 1 if failed is not None else 0


if __name__ == "__main__":
    if len(sys.argv) == 4:
        sys.exit(client(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    main()
