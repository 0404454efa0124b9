"""Recalls the stored cases that are most like one at hand, each at the step of its story at which it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .facts import Dossier
from .inferring import inferred
from .reading.cases import Case
from .resembling import Likeness, Rarity
from .showing import Showing
from .sketching import Sketch, Sketcher
from .world import world_of


@dataclass(frozen=True)
class Recalled:
    """A stored case at the step (they count from 1) that is most like the case at hand."""

    case: Case
    number: int
    showing: Showing
    likeness: Likeness
    close: bool

    @property
    def key(self) -> tuple[bool, float, float, str, int]:
        """By what cases are ordered, and steps of a case: close ones first, then the nearest, then what is near in one respect
        alone, then by id and step."""
        alone = sum(part.nearness for part in self.likeness.parts.values())
        return (not self.close, -self.likeness.nearness, -alone, self.case.id, self.number)


@dataclass(frozen=True)
class Recollection:
    """The case at hand and the stored ones beside it, the nearest first; `firing` says in how many of these a rule fires."""

    showing: Showing
    cases: tuple[Recalled, ...]
    firing: dict[str, int]

    @property
    def close(self) -> tuple[Recalled, ...]:
        return tuple(found for found in self.cases if found.close)


def recalled(dossier: Dossier, showing: Showing, cases: Sequence[Case]) -> Recollection:
    """Return every stored case but the one at hand, the nearest first."""
    knowledge = showing.inference.knowledge
    here = Path(dossier.file).resolve()
    others = [case for case in sorted(cases, key=lambda case: case.id) if Path(case.place.source.file).resolve() != here]
    sketcher = Sketcher(knowledge)
    mine = sketcher.sketch(showing)
    stories: list[tuple[Case, list[Showing], list[Sketch]]] = []
    for case in others:
        shown = [Showing(inferred(knowledge, world_of(step.dossier, knowledge.vocabulary, step.on))) for step in case.steps]
        stories.append((case, shown, [sketcher.sketch(step) for step in shown]))
    rarity = Rarity([*(sketches for _, _, sketches in stories), [mine]], knowledge)
    found = []
    for case, shown, sketches in stories:
        steps = []
        for number, (step, sketch) in enumerate(zip(shown, sketches, strict=True), 1):
            likeness = Likeness(mine, sketch, rarity)
            steps.append(Recalled(case, number, step, likeness, likeness.close(len(others))))
        found.append(min(steps, key=lambda step: step.key))
    firing: dict[str, int] = {}
    for _, _, sketches in stories:
        for rule in dict.fromkeys(rule for sketch in sketches for rule, fires in sketch.rules.items() if fires):
            firing[rule] = firing.get(rule, 0) + 1
    return Recollection(showing, tuple(sorted(found, key=lambda one: one.key)), firing)
