"""The `lesson:` of a scenario: what a student reads, predicts, tries and is told.

Law: text only. Nothing here changes what the network does, so a lesson's scenario runs, is graded and is replayed like
any other, and a client under test never meets its lesson.
"""

from __future__ import annotations

import string
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from simnet.scenario.words import one_of, unprintable

__all__ = ["Lesson", "Prediction", "Said", "Text", "harmless"]


def harmless(text: str) -> str:
    """The text, if a terminal can be trusted with it; `ValueError` otherwise."""
    if (found := unprintable(text)) is not None:
        raise ValueError(f"the control character U+{ord(text[found]):04X} has no place in a text; leave it out")
    return text


Text = Annotated[str, Field(strict=True), AfterValidator(harmless)]
"""What people read: it may have several lines."""
Said = Annotated[Text, Field(pattern=r"\S")]
"""A text that says something."""


class Prediction(BaseModel):
    """The question that is asked before anything is up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: Said = Field(description="what will happen?")
    choices: tuple[Said, ...] = Field(min_length=2, max_length=6, description="a list of 2 to 6 possible answers")
    answer: str = Field(strict=True, description="the letter of the right one: a is the first", examples=["a"])

    @property
    def letters(self) -> tuple[str, ...]:
        """A letter for each choice: a, b, c ..."""
        return tuple(string.ascii_lowercase[: len(self.choices)])

    def choice(self, letter: str) -> str:
        """The choice with that letter."""
        return self.choices[self.letters.index(letter)]

    @field_validator("answer")
    @classmethod
    def _is_one_of_them(cls, answer: str, info: ValidationInfo) -> str:
        choices: tuple[Any, ...] | None = info.data.get("choices")
        letters = string.ascii_lowercase[: len(choices or ())]
        if choices is not None and (len(answer) != 1 or answer not in letters):
            raise ValueError(f"`answer` is the letter of a choice; write {one_of(letters)}")
        return answer


class Lesson(BaseModel):
    """What is told about the scenario, in the order in which a student meets it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    objective: Said = Field(description="what one can do after it, in one sentence")
    background: Said = Field(description="what one has to know before, in plain words")
    commands: tuple[Said, ...] = Field(
        alias="try", min_length=1, description="a list of commands to try; $SIMNET_API_URL and its like are filled in"
    )
    predict: Prediction = Field(description="a mapping of `question`, `choices` and `answer`")
    hints: tuple[Said, ...] = Field((), description="a list of hints, given one at a time")
    debrief: Said = Field(description="what the kernel did, and what a client makes of it")
