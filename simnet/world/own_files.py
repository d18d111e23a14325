"""What the program under test reads about names: /etc/hosts, /etc/resolv.conf and /etc/nsswitch.conf of its own.

Law: pure but for reading the system's own files. glibc (getent, Python, curl, Node), Go with cgo or without, Java and
musl all read these files, static programs too, so this is the one way that works for any of them; `own_files.py` puts
them in place for one program and its children, and nobody else sees them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from simnet.faults.contract import Lever

__all__ = ["NEEDS", "own_files"]

NEEDS = (Lever.MOUNT_NAMESPACE,)
"""What it takes of the kernel."""

HOSTS, RESOLV, NSSWITCH = "/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf"


def own_files(
    names: Mapping[str, str | None], resolver: str | None = None, options: Sequence[str] = ()
) -> Mapping[str, str]:
    """Path -> text of the files of a program for which `names` (name -> address) are as said.

    A name with None instead of an address is left to DNS. Other names are as on this system, or, with the address of a
    `resolver` that is asked at port 53, what it answers: it alone is asked then. It gets no list of suffixes: with
    `search .` glibc 2.36 asks for a name that does not exist twice; without, only where the machine's own name has a
    domain, once more with that. `options` are those of resolv.conf(5), such as `timeout:1`. nsswitch.conf says that
    /etc/hosts and DNS are asked, in this order, and no cache or daemon (nsswitch.conf(5)); a system without one needs
    none: that is what glibc does by itself.
    """
    files = {HOSTS: _hosts(names, _lines(HOSTS))}
    if resolver is not None or options:
        files[RESOLV] = _resolv(resolver, options)
    if Path(NSSWITCH).exists():
        files[NSSWITCH] = _nsswitch(_lines(NSSWITCH))
    return files


def _lines(path: str) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(path).read_text("utf-8", "replace").splitlines()
    return []


def _hosts(names: Mapping[str, str | None], before: Iterable[str]) -> str:
    """Ours first, and nothing of the system's about the same names: Go gives all addresses that it finds (hosts(5))."""
    ours = [f"{address}\t{name}" for name, address in names.items() if address is not None]
    return "".join(f"{line}\n" for line in [*ours, *_without(frozenset(map(str.lower, names)), before)])


def _resolv(resolver: str | None, options: Sequence[str]) -> str:
    """Of several lines with options the last word on each counts (resolv.conf(5)), so ours come last."""
    before = _lines(RESOLV) if resolver is None else [f"nameserver {resolver}"]
    return "".join(f"{line}\n" for line in [*before, *([" ".join(["options", *options])] if options else [])])


def _without(names: frozenset[str], lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        address, *own = line.partition("#")[0].split() or [""]
        kept = [name for name in own if name.lower() not in names]
        if kept:
            yield " ".join([address, *kept])


def _nsswitch(lines: Iterable[str]) -> str:
    others = [line for line in lines if not line.lstrip().startswith("hosts:")]
    return "".join(f"{line}\n" for line in [*others, "hosts: files dns"])
