"""Clients that look names up and say what became of it, each a small program round the real resolver that it uses.

Law: none of them hides anything: what is printed is what the library, or the program, has to say of the name.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["ASKERS", "Asker"]

PYTHON: Final = """
import socket, sys
for name in sys.argv[1:]:
    try:
        print(name, socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)[0][4][0])
    except socket.gaierror as error:
        print(name, *error.args)
"""

NODE: Final = """
const dns = require('dns').promises;
Promise.all(process.argv.slice(1).map(name => dns.lookup(name).then(found => found.address, error => error.message)
  .then(said => name + ' ' + said))).then(lines => console.log(lines.join('\\n')));
"""

JAVA: Final = """
import java.net.*;

public class Ask {
    public static void main(String[] names) {
        for (var name : names) {
            try {
                System.out.println(name + " " + InetAddress.getByName(name).getHostAddress());
            } catch (UnknownHostException error) {
                System.out.println(error.getMessage().replace(":", ""));
            }
        }
    }
}
"""

GO: Final = """
package main

import (
    "errors"
    "fmt"
    "net"
    "os"
    "strings"
)

func main() {
    for _, name := range os.Args[1:] {
        found, err := net.LookupHost(name)
        var failed *net.DNSError
        if errors.As(err, &failed) {
            said := failed.Err[strings.LastIndex(failed.Err, ": ")+1:]
            fmt.Println(name, strings.TrimSpace(said), failed.IsNotFound, failed.IsTimeout, failed.IsTemporary)
        } else {
            fmt.Println(name, found[0])
        }
    }
}
"""

GETENT: Final = 'for name; do said=$(getent hosts "$name"); echo "$name" $said $?; done'
CURL: Final = (
    'for name; do said=$(curl -sS --noproxy "*" -o /dev/null -m 20 "http://$name/" 2>&1); echo "$name" $said $?; done'
)


@dataclass(frozen=True, slots=True)
class Asker:
    """The programs that it needs, and how it is made ready in a folder: a command, which the names come behind."""

    needs: tuple[str, ...]
    prepare: Callable[[Path], Sequence[str]]


def _go(folder: Path, *, cgo: bool) -> Sequence[str]:
    """`netdns` forces the one resolver or the other (the net package's documentation, "Name Resolution")."""
    (folder / "ask.go").write_text(GO, "utf-8")
    environment = {**os.environ, "CGO_ENABLED": str(int(cgo))}
    subprocess.run(["go", "build", "-o", f"ask{cgo}", "ask.go"], cwd=folder, check=True, timeout=300, env=environment)
    return ["env", f"GODEBUG=netdns={'cgo' if cgo else 'go'}", str(folder / f"ask{cgo}")]


def _java(folder: Path) -> Sequence[str]:
    (folder / "Ask.java").write_text(JAVA, "utf-8")
    subprocess.run(["javac", "Ask.java"], cwd=folder, check=True, timeout=120)
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", str(folder), "Ask"]


ASKERS: Final[Mapping[str, Asker]] = {
    "getent": Asker(("getent",), lambda _: ["sh", "-c", GETENT, "sh"]),
    "Python": Asker((), lambda _: [sys.executable, "-c", PYTHON]),
    "curl": Asker(("curl",), lambda _: ["sh", "-c", CURL, "sh"]),
    "Node": Asker(("node",), lambda _: ["node", "-e", NODE]),
    "Go, netgo": Asker(("go",), lambda folder: _go(folder, cgo=False)),
    "Go, cgo": Asker(("go", "cc"), lambda folder: _go(folder, cgo=True)),
    "Java": Asker(("javac", "java"), _java),
}
