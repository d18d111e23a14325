"""Values that the tests of the matrix share."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from simnet.matrix.document import Column, Matrix, Row
from simnet.matrix.outcome import Called, Cause, Cell, Data, Outcome, Verdict

REFUSED: Final = Outcome(
    verdict=Verdict.ERROR,
    calls=(
        Called(
            call="get",
            data=Data.NONE,
            error=(Cause(type="lib.ConnectionError", message="no"), Cause(type="OSError", errno="ECONNREFUSED")),
        ),
    ),
    exit=1,
    attempts=1,
    seconds=0.01,
)
RIGHT: Final = Outcome(
    verdict=Verdict.RIGHT, calls=(Called(call="get", data=Data.RIGHT),), exit=0, attempts=1, connections=1, requests=1
)
HANGS: Final = Outcome(verdict=Verdict.HANGS, calls=(Called(call="get", data=Data.NONE),), attempts=1, seconds=6.0)
TWICE: Final = Outcome(
    verdict=Verdict.TWICE, calls=(Called(call="get+post", data=Data.RIGHT),), exit=0, attempts=2, connections=2, requests=3, effects=2
)  # fmt: skip

text = st.text(st.characters(codec="utf-8"), max_size=12)
causes = st.builds(Cause, type=text, errno=text, message=text)
calls = st.builds(Called, call=st.sampled_from(["get", "post", "get+post"]), data=st.sampled_from(Data), error=st.lists(causes, max_size=3).map(tuple))  # fmt: skip
small = st.integers(0, 4)
outcomes = st.builds(
    Outcome,
    verdict=st.sampled_from(Verdict),
    calls=st.lists(calls, max_size=2).map(tuple),
    exit=st.none() | st.integers(-15, 255),
    attempts=small,
    connections=small,
    requests=small,
    effects=small,
    seconds=st.floats(0, 60),
)


def cell(failure: str = "refuse", outcome: Outcome = REFUSED, client: str = "mine", **more: object) -> Cell:
    """A cell of a client with all its defaults."""
    told = {
        "client": client,
        "version": "1.2",
        "protocol": "http",
        "setting": "plain",
        "failure": failure,
        "outcome": outcome,
    }
    return Cell.model_validate({**told, **more})


def matrix_of(*cells: Cell) -> Matrix:
    """A matrix of these cells."""
    clients = dict.fromkeys((each.client, each.version, each.setting) for each in cells)
    return Matrix(
        simnet="0",
        machine="here",
        limit=6,
        columns=tuple(
            Column(client=name, version=version, protocol="http", setting=how) for name, version, how in clients
        ),
        rows=tuple(
            Row(name=name, title=f"title of {name}", stage="connect", asks="get")
            for name in dict.fromkeys(each.failure for each in cells)
        ),
        cells=cells,
        scenarios={"http/refuse": "simnet: 1\n"},
    )
