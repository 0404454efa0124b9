"""Says a sentence: for each choice of rows with which its conditions hold, joined like any line of advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .evaluating import Choice, choices
from .inferring import Inference
from .settling import Firing
from .texts import Sentence
from .wording import Speaker
from .world import WorldRow


@dataclass(frozen=True)
class Saying:
    """A text as it is said, and the choices of rows for which it says it."""

    text: str
    choices: tuple[Choice, ...]


def sayings(sentence: Sentence, inference: Inference, speaker: Speaker, rows: Mapping[str, WorldRow] | None = None) -> list[Saying]:
    """Return what a sentence says, nothing where its conditions do not hold; the rows in `rows` have their names already."""
    found = choices(sentence.when, inference.world, inference.knowledge, dict(rows or {}))
    by_firing = {Firing("", choice.rows, choice.counts): choice for choice in found}
    return [Saying(text, tuple(by_firing[f] for f in group)) for text, group in speaker.joined(sentence.text, list(by_firing))]
