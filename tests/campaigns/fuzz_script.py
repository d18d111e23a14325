"""atheris at the script service: scripts from bytes, clients from bytes, guided by the branches that they reach.

Run it: `pip install atheris`, then `PYTHONPATH=. python tests/campaigns/fuzz_script.py -max_total_time=600`. What must
come out is an end, the client's nonsense or the script's refusal; anything else that is raised is a finding.
"""

from __future__ import annotations

import contextlib
import sys

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

with atheris.instrument_imports(include=["simnet.services"]):
    from pydantic import ValidationError

    from simnet.services.contract import ClientNonsense, ConversationOver
    from simnet.services.script import Script
    from tests.services.conftest import Heard, converse

WORDS = ("close", "drain", "half_close", "reset")


def step_from(data: atheris.FuzzedDataProvider, depth: int) -> object:  # noqa: PLR0911 - one for each kind of step
    """A step; within loops and choices, a few deep."""
    text = data.ConsumeUnicodeNoSurrogates(6)
    match data.ConsumeIntInRange(0, 9 if depth < 3 else 6):
        case 0:
            return {"expect": text}
        case 1:
            return {
                "expect": {
                    "until": text,
                    "times": data.ConsumeIntInRange(1, 3),
                    "regex": data.ConsumeUnicodeNoSurrogates(9),
                }
            }
        case 2:
            size, plus = data.ConsumeIntInRange(1, 8), data.ConsumeIntInRange(-9, 9)
            return {
                "expect": {
                    "length": {"size": size, "plus": plus, "at": data.ConsumeIntInRange(0, 3)},
                    "capture": {"a": "1.."},
                }
            }
        case 3:
            return {"send": [text, {"captured": "a"}] if data.ConsumeBool() else text}
        case 4:
            return {"expect": {"end": True}}
        case 5:
            return WORDS[data.ConsumeIntInRange(0, 3)]
        case 6:
            return {"wait": "1s"}
        case 7:
            return {"loop": steps_from(data, depth + 1)}
        case 8:
            return {"loop": steps_from(data, depth + 1), "times": data.ConsumeIntInRange(1, 5)}
        case _:
            return {"either": [{"expect": text, "then": steps_from(data, depth + 1)}, {"expect": {"bytes": "2 B"}}]}


def steps_from(data: atheris.FuzzedDataProvider, depth: int = 0) -> list[object]:
    """Some steps."""
    return [step_from(data, depth) for _ in range(data.ConsumeIntInRange(1, 4))]


def one(given: bytes) -> None:
    """One script and one client."""
    data = atheris.FuzzedDataProvider(given)
    try:
        script = Script.model_validate({"steps": steps_from(data)})
    except ValidationError:
        return
    pieces = [data.ConsumeBytes(9) for _ in range(data.ConsumeIntInRange(0, 6))]
    with contextlib.suppress(ClientNonsense, ConversationOver):
        converse(script, [], Heard([piece for piece in pieces if piece], most_sent=100))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
