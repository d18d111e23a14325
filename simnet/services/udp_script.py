"""`udp_script`: a conversation by datagrams, written down: what is expected of each client, what it is sent.

A service of its own and not an option of `script`: there are no connections, so nothing is closed or reset, and nearly
every fault is another one. A client is known by its address and port. With the end of the steps its conversation is
forgotten: what it sends then begins anew.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self, final

from pydantic import Field, model_validator
from typing_extensions import override

from simnet.services.contract import Service, Transport
from simnet.services.scripting.exchanging import Exchanging
from simnet.services.scripting.peer import Peer
from simnet.services.scripting.program import assemble
from simnet.services.scripting.steps import Step, Steps, steps_within

__all__ = ["UdpScript"]


@final
class UdpScript(Service):
    """Play a conversation with each client."""

    summary: ClassVar[str] = "plays a conversation of datagrams that is written down (UDP); datagrams count as requests"
    default_port: ClassVar[int] = 7070
    transports: ClassVar[frozenset[Transport]] = frozenset({Transport.UDP})
    scheme: ClassVar[str] = "udp"
    has_requests: ClassVar[bool] = True
    converses_by_datagrams: ClassVar[bool] = True

    speaks: Literal["udp_script"] = "udp_script"
    steps: Steps = Field(
        description="what each client is expected to send, a datagram a step, and what it is sent; then it begins anew"
    )

    @model_validator(mode="after")
    def _is_of_datagrams(self) -> Self:
        found = list(steps_within(self.steps))
        for where, step, _ in found:
            if (wrong := _of_a_connection(step)) is not None:
                raise ValueError(f"{where} has `{wrong}`, which a connection has and a datagram has not; leave it out")
        first = next((step for _, step, _ in found if step.loop is None and step.label is None), None)
        if first is None or not (first.expect or first.either):
            raise ValueError("a client of UDP is there when it has sent something; write `expect` or `either` first")
        return self

    @override
    async def attend(self, peer: Peer) -> None:
        await Exchanging(assemble(self.steps), peer).play()


def _of_a_connection(step: Step) -> str | None:
    """The key or word in the step that means nothing here."""
    if step.act is not None:
        return step.act.value
    expected = [step.expect, *(branch.expect for branch in step.either or ())]
    if any(each is not None and each.end for each in expected):
        return "end"
    return "request" if step.request or any(branch.request for branch in step.either or ()) else None


SERVICE = UdpScript
