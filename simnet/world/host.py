"""What a conversation asks of the service whose it is.

Law: numbers, plans and the ledger belong to the service as a whole, for they go on from connection to connection.
"""

from __future__ import annotations

from typing import Protocol

from simnet.plan.plan import Chosen
from simnet.services.contract import Query
from simnet.verdicts.reply import ReplyVerdict
from simnet.verdicts.request import RequestVerdict
from simnet.verdicts.rest import RestVerdict
from simnet.world.inquiry import Inquiry
from simnet.world.ledger import Ledger
from simnet.world.record import Record

__all__ = ["Host"]


class Host(Protocol):
    """The service whose conversation it is."""

    record: Record
    ledger: Ledger

    def requests_meet(self, connection: int, request: int) -> tuple[Chosen[RequestVerdict], ...]:
        """What a request meets whose head has come."""

    def rests(self, connection: int, request: int) -> tuple[Chosen[RestVerdict], ...]:
        """What the connection meets at rest after that request."""

    def replies(self, connection: int, request: int | None) -> tuple[Chosen[ReplyVerdict], ...]:
        """What the reply to a request meets; with `request` None, what the connection as a whole meets."""

    def next_request(self) -> int:
        """The number of a request of which the head has just arrived."""

    def request_is_there(self) -> None:
        """A request has arrived."""

    def inquiry(self, query: Query, request: int, client: str) -> Inquiry:
        """A query that has just arrived, with what it meets."""
