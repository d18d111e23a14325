"""The steps of a script, and which connections have which.

Law: a script that exists can be played: every label is there, every name that is sent was to be captured. Data alone: a
step has one thing to do, and none of them computes.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Self, final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from simnet.services.scripting.expected import AnyExpected
from simnet.services.scripting.pieces import NAME, Pieces, one_of_these
from simnet.values import Duration, Numbers

__all__ = ["Act", "AnyStep", "Branch", "Part", "Step", "Steps", "has_requests", "steps_within"]

DEEPEST = 8
"""Loops and choices within each other; a file has 32 levels at most."""

ACTIONS = ("expect", "either", "send", "wait", "loop", "label", "goto", "act")

Name = Annotated[str, Field(pattern=NAME)]
Request = Annotated[str, Field(min_length=1, max_length=80)]


class Act(enum.Enum):
    """What is done in one word."""

    CLOSE = "close"
    """FIN; what the client still sends is read and thrown away until it has closed as well."""
    RESET = "reset"
    """RST, when the client's kernel has acknowledged all that was sent."""
    HALF_CLOSE = "half_close"
    """FIN, and the client may go on: the steps that follow can hear it."""
    DRAIN = "drain"
    """Read and throw away until the client's FIN: whoever waits for a word waits in vain."""


def _word_is_an_act(value: object) -> object:
    """A word as the step that it is; what JSON can only say by lists and texts as what the models have (they are strict)."""
    if isinstance(value, str):
        value = {"act": value}
    if isinstance(value, dict):
        words = {act.value: act for act in Act}
        return {key: words.get(each, each) if key == "act" else _frozen(each) for key, each in value.items()}
    return value


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(each) for each in value)
    return {key: _frozen(each) for key, each in value.items()} if isinstance(value, dict) else value


@final
class Branch(BaseModel):
    """One of several things that the client may say, and what follows upon it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    expect: AnyExpected = Field(description="what the client says")
    request: Request | None = Field(None, description="it is a request, which the trace calls so")
    then: tuple[AnyStep, ...] = Field((), description="the steps that follow")


@final
class Step(BaseModel):
    """One thing to do: exactly one of these keys, or one word (`close`, `reset`, `half_close`, `drain`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    expect: AnyExpected | None = Field(None, description="what the client says next")
    request: Request | None = Field(None, description="what is expected is a request, which the trace calls so")
    either: tuple[Branch, ...] | None = Field(None, description="the first of these that the client says")
    send: Pieces | None = Field(None, description="bytes to the client, in one piece")
    wait: Duration | None = Field(None, description="how long nothing is said")
    loop: tuple[AnyStep, ...] | None = Field(None, description="steps to be done again and again")
    times: int | None = Field(None, ge=1, le=1_000_000, strict=True, description="how often; for ever, if left out")
    label: Name | None = Field(None, description="a place to go to")
    goto: Name | None = Field(None, description="the label at which it goes on")
    act: Act | None = Field(None, description="close, reset, half_close or drain")

    @field_validator("act", mode="before")
    @classmethod
    def _is_a_word(cls, value: object) -> object:
        if isinstance(value, str):
            names = ", ".join(act.value for act in Act)
            raise ValueError(f'there is no step "{value}"; write one of {names}, or a key')  # noqa: TRY004 - pydantic takes no other
        return value

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        what = one_of_these(self, ACTIONS, "a step")
        if not getattr(self, what):
            raise ValueError(f"`{what}` is empty; write its steps, or leave it out")
        if self.request is not None and what != "expect":
            raise ValueError(f"what is a request is expected; leave `request` out of a step with `{what}`")
        if self.times is not None and what != "loop":
            raise ValueError(f"`times` belongs to `loop`; leave it out of a step with `{what}`")
        return self

    @model_serializer(mode="wrap")
    def _short(self, plain: SerializerFunctionWrapHandler) -> Any:
        if self.act is not None:
            return self.act.value
        found = plain(self)
        if isinstance(found.get("send"), list) and len(found["send"]) == 1:
            found["send"] = found["send"][0]
        return found


AnyStep = Annotated[Step, BeforeValidator(_word_is_an_act, json_schema_input_type=Step | Act)]


def steps_within(steps: tuple[Step, ...], place: str = "step ", depth: int = 0) -> Iterator[tuple[str, Step, int]]:
    """Every step with its name and its depth, in the order of the file."""
    for number, step in enumerate(steps, 1):
        where = f"{place}{number}"
        yield where, step, depth
        yield from steps_within(step.loop or (), f"{where}.", depth + 1)
        for which, branch in enumerate(step.either or (), 1):
            yield from steps_within(branch.then, f"{where}.{which}.", depth + 1)


def _playable(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps. Raises `ValueError` if they cannot be played."""
    found = list(steps_within(steps))
    if max((depth for _, _, depth in found), default=0) > DEEPEST:
        raise ValueError(f"loops and choices are more than {DEEPEST} deep here; use `label` and `goto`")
    labels = Counter(step.label for _, step, _ in found if step.label is not None)
    kept = {name for _, step, _ in found for name in _kept(step)}
    for where, step, _ in found:
        if step.label is not None and labels[step.label] > 1:
            raise ValueError(f"{where} has the label {step.label}, and so has another; give one of them another name")
        if step.goto is not None and step.goto not in labels:
            raise ValueError(f"{where} goes to {step.goto}, and nothing has that label; write `- label: {step.goto}`")
        for name in (piece.needs for piece in step.send or () if piece.needs is not None):
            if name not in kept:
                raise ValueError(f"{where} sends what no `expect` captures; write `capture: {{{name}: 0..}}` in one")
    return steps


def _kept(step: Step) -> Iterator[str]:
    if step.expect is not None:
        yield from step.expect.captures
    for branch in step.either or ():
        yield from branch.expect.captures


def has_requests(steps: tuple[Step, ...]) -> bool:
    """Whether some step is marked as a request."""
    found = [step for _, step, _ in steps_within(steps)]
    return any(step.request or any(branch.request for branch in step.either or ()) for step in found)


Steps = Annotated[tuple[AnyStep, ...], AfterValidator(_playable)]
"""Steps that can be played from the first to the last."""


@final
class Part(BaseModel):
    """The conversation that some connections have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    connections: Numbers | None = Field(None, description="which connections; all that no part before has, if left out")
    steps: Steps = Field(description="what is said and heard, in order")


Branch.model_rebuild()
Step.model_rebuild()
