"""Clients that retry by their own means, each a small program round the real library: what `refuse_two.py` and the
suite start against a service that refuses exactly two attempts.

Law: none of them waits longer between two attempts than its own library makes it; each prints the body and exits with 0.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["CLIENTS", "Client", "go_has_compiled"]

REQUESTS: Final = """
import sys, requests
session = requests.Session()
session.trust_env = False
for attempt in range(5):
    try:
        print(session.get(sys.argv[1]).text, end="")
        sys.exit()
    except requests.ConnectionError:
        pass
sys.exit(1)
"""

NODE: Final = """
const main = async () => {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      process.stdout.write(await (await fetch(process.argv[1])).text());
      return 0;
    } catch (refused) {}
  }
  return 1;
};
main().then(status => { process.exitCode = status; });
"""

GO: Final = """
package main

import (
    "fmt"
    "io"
    "net/http"
    "os"
)

func main() {
    for attempt := 1; attempt <= 5; attempt++ {
        reply, err := http.Get(os.Args[1])
        if err != nil {
            continue
        }
        body, _ := io.ReadAll(reply.Body)
        reply.Body.Close()
        fmt.Print(string(body))
        return
    }
    os.Exit(1)
}
"""

JAVA: Final = """
import java.net.ConnectException;
import java.net.URI;
import java.net.http.*;

public class Retry {
    public static void main(String[] arguments) throws Exception {
        var client = HttpClient.newHttpClient();
        var request = HttpRequest.newBuilder(URI.create(arguments[0])).version(HttpClient.Version.HTTP_1_1).build();
        for (int attempt = 1; attempt <= 5; attempt++) {
            try {
                System.out.print(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
                System.out.flush();
                System.exit(0);
            } catch (ConnectException refused) {
            }
        }
        System.exit(1);
    }
}
"""

Command = Sequence[str]
"""What is started; the URL comes at its end."""


@dataclass(frozen=True, slots=True)
class Client:
    """What it needs, and how it is made ready in a folder."""

    needs: tuple[str, ...]
    prepare: Callable[[Path], Command]

    @property
    def missing(self) -> str:
        """The first program that it needs and that is not installed; "" if all are there."""
        return next((name for name in self.needs if shutil.which(name) is None), "")


def _curl(_: Path) -> Command:
    return ["curl", "-sS", "--noproxy", "*", "--retry", "4", "--retry-connrefused", "--retry-delay", "1"]


def _wget(_: Path) -> Command:
    return ["wget", "-q", "-O", "-", "--no-config", "--no-proxy", "--tries=5", "--retry-connrefused", "--waitretry=0"]


def _requests(_: Path) -> Command:
    return [sys.executable, "-c", REQUESTS]


def _node(_: Path) -> Command:
    return ["node", "-e", NODE]


def _go(folder: Path) -> Command:
    (folder / "retry.go").write_text(GO, "utf-8")
    subprocess.run(["go", "build", "-o", "retry", "retry.go"], cwd=folder, check=True, timeout=300)
    return [str(folder / "retry")]


def _java(folder: Path) -> Command:
    (folder / "Retry.java").write_text(JAVA, "utf-8")
    subprocess.run(["javac", "Retry.java"], cwd=folder, check=True, timeout=120)
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", str(folder), "Retry"]


CLIENTS: Final[Mapping[str, Client]] = {
    "curl --retry": Client(("curl",), _curl),
    "wget": Client(("wget",), _wget),
    "Python requests": Client((), _requests),
    "Node fetch": Client(("node",), _node),
    "Go net/http": Client(("go",), _go),
    "Java HttpClient": Client(("java", "javac"), _java),
}


def go_has_compiled(package: str, *, cgo: bool = True) -> bool:
    """Whether Go has this package of its standard library in its build cache; else it needs half a minute for it.

    Go ships its library as source since 1.20; `go list` says where a package stands.
    """
    asked = ["go", "list", "-f", "{{.StaleReason}}", package]
    environment = {**os.environ, "CGO_ENABLED": str(int(cgo))}
    said = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60, env=environment)
    return "available in build cache" in said.stdout or said.stdout.strip() == ""
