"""Waiting for several sockets at once: select, poll and selectors, for blocking code and for asyncio.

Law: what is ready is what the virtual kernel's poll says; each look gives other tasks a turn, so that a loop that looks
with no patience is seen by the watchman.
"""

from __future__ import annotations

import contextlib
import math
import select
import selectors
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, final

import trio
from typing_extensions import override

from simnet.simulation.greenlets import is_inside, wait_for
from simnet.simulation.guard import leaks
from simnet.simulation.raw import Raw, scene_inside
from simnet.simulation.scene import scene_here

__all__ = ["VirtualPoll", "VirtualSelector", "default_selector", "epoll", "poll", "select_sockets"]

ALWAYS: Final = select.POLLERR | select.POLLHUP | select.POLLNVAL

real_select: Final = select.select
real_poll: Final = select.poll
real_epoll: Final = select.epoll
real_selector: Final = selectors.DefaultSelector

Watched = Sequence[tuple[Raw, int]]


def _masks(watched: Watched) -> bool:
    return any(raw.poll() & (mask | ALWAYS) for raw, mask in watched)


async def _until_any(watched: Watched, seconds: float | None, wakers: list[Callable[[], None]]) -> None:
    """Return when one of them is ready, a waker is called, or the time is over; not before others had a turn."""
    await trio.lowlevel.checkpoint()
    woken = False

    def wake() -> None:
        nonlocal woken
        woken = True
        changed.set()

    changed = trio.Event()
    wakers.append(wake)
    try:
        with trio.move_on_after(math.inf if seconds is None else seconds), contextlib.ExitStack() as stack:
            for raw, _ in watched:
                stack.enter_context(raw.watched(lambda: changed.set()))  # noqa: PLW0108 - the event of that moment
            while not woken and not _masks(watched):
                await changed.wait()
                changed = trio.Event()
    finally:
        wakers.remove(wake)


def _wait(watched: Watched, seconds: float | None, wakers: list[Callable[[], None]] | None = None) -> None:
    if seconds is not None and seconds <= 0:
        wait_for(trio.lowlevel.checkpoint)
    else:
        wait_for(_until_any, watched, seconds, [] if wakers is None else wakers)


def _number(one: Any) -> int:
    return one if isinstance(one, int) else int(one.fileno())


@final
class VirtualPoll:
    """`select.poll` for virtual sockets; a descriptor that is none is POLLNVAL, as one that is closed."""

    def __init__(self) -> None:
        self._masks: dict[int, int] = {}

    def register(self, one: Any, mask: int = select.POLLIN | select.POLLPRI | select.POLLOUT) -> None:
        """See `select.poll`."""
        self._masks[_number(one)] = mask

    modify = register

    def unregister(self, one: Any) -> None:
        """See `select.poll`."""
        del self._masks[_number(one)]

    def poll(self, timeout: float | None = None) -> list[tuple[int, int]]:
        """See `select.poll`: milliseconds, None or less than 0 for ever."""
        if not self._ready():
            held = scene_inside().descriptors
            watched = [(held[number].raw, mask) for number, mask in self._masks.items() if number in held]
            _wait(watched, None if timeout is None or timeout < 0 else timeout / 1000)
        return self._ready()

    def _ready(self) -> list[tuple[int, int]]:
        held = scene_inside().descriptors
        found = {
            number: held[number].raw.poll() & (mask | ALWAYS) if number in held else select.POLLNVAL
            for number, mask in self._masks.items()
        }
        return [(number, mask) for number, mask in found.items() if mask]


def poll() -> Any:
    """`select.poll`."""
    return VirtualPoll() if is_inside() else real_poll()


def epoll(*args: Any, **options: Any) -> Any:
    """`select.epoll`: `selectors.DefaultSelector` and `select.poll` can be had."""
    scene = scene_here()
    if scene is not None and scene.life is not None:
        leaks(scene, "select.epoll waits in the real kernel; selectors.DefaultSelector or select.poll can be simulated")
    return real_epoll(*args, **options)


def select_sockets(readers: Any, writers: Any, others: Any, timeout: float | None = None, /) -> tuple[Any, Any, Any]:
    """`select.select`; there is no urgent data, so nothing is ever exceptional."""
    if not is_inside():
        return real_select(readers, writers, others, timeout)
    asked, readers, writers = VirtualPoll(), list(readers), list(writers)
    both = {_number(one) for one in readers} & {_number(one) for one in writers}
    for group, mask in ((readers, select.POLLIN), (writers, select.POLLOUT)):
        for one in group:
            asked.register(one, select.POLLIN | select.POLLOUT if _number(one) in both else mask)
    found = dict(asked.poll(None if timeout is None else timeout * 1000))
    readable, writable = select.POLLIN | select.POLLHUP | select.POLLERR, select.POLLOUT | select.POLLERR
    return (
        [one for one in readers if found.get(_number(one), 0) & readable],
        [one for one in writers if found.get(_number(one), 0) & writable],
        [],
    )


@final
class VirtualSelector(selectors.BaseSelector):
    """The selector of `asyncio.SelectorEventLoop`, and of whoever asks for the default one."""

    def __init__(self) -> None:
        self._keys: dict[int, selectors.SelectorKey] = {}
        self._wakers: list[Callable[[], None]] = []

    def wake(self) -> None:
        """End the `select` that waits, if one does: another thread has work for the loop."""
        for wake in tuple(self._wakers):
            wake()

    @override
    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        number = _number(fileobj)
        if number in self._keys:
            raise KeyError(f"{fileobj!r} (FD {number}) is already registered")
        return self._keys.setdefault(number, selectors.SelectorKey(fileobj, number, events, data))

    @override
    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(self._registered(fileobj))

    @override
    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        number = self._registered(fileobj)
        self._keys[number] = self._keys[number]._replace(events=events, data=data)
        return self._keys[number]

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        held = scene_inside().descriptors
        watched = [(held[one].raw, _asked(key.events)) for one, key in self._keys.items() if one in held]
        _wait(watched, timeout, self._wakers)
        return list(self._ready())

    def _ready(self) -> Iterator[tuple[selectors.SelectorKey, int]]:
        held = scene_inside().descriptors
        for number, key in tuple(self._keys.items()):
            mask = held[number].raw.poll() if number in held else 0
            read = selectors.EVENT_READ if mask & ~select.POLLOUT else 0  # as EpollSelector: an error is both
            write = selectors.EVENT_WRITE if mask & ~select.POLLIN else 0
            if (read | write) & key.events:
                yield key, (read | write) & key.events

    @override
    def close(self) -> None:
        self._keys.clear()

    @override
    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys

    @override
    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys[self._registered(fileobj)]

    def _registered(self, fileobj: Any) -> int:
        """Its number, also of a socket that was closed since."""
        number = _number(fileobj)
        if number < 0:
            number = next((one for one, key in self._keys.items() if key.fileobj is fileobj), number)
        if number not in self._keys:
            raise KeyError(f"{fileobj!r} is not registered")
        return number


def _asked(events: int) -> int:
    read = select.POLLIN if events & selectors.EVENT_READ else 0
    return read | (select.POLLOUT if events & selectors.EVENT_WRITE else 0)


def default_selector() -> selectors.BaseSelector:
    """`selectors.DefaultSelector`."""
    return VirtualSelector() if is_inside() else real_selector()
