"""`echo`: sends back what it receives (RFC 862), until the client's FIN."""

from __future__ import annotations

from typing import ClassVar, Literal, final

from typing_extensions import override

from simnet.services.contract import Conversation, Service


@final
class Echo(Service):
    """Send back every byte."""

    summary: ClassVar[str] = "sends back what it receives"
    default_port: ClassVar[int] = 7007

    speaks: Literal["echo"] = "echo"

    @override
    async def converse(self, talk: Conversation) -> None:
        while data := await talk.receive():
            await talk.send(data)


SERVICE = Echo
