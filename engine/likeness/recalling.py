"""Recalls the stored cases that are most like one at hand, each at the step of its story at which it is."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .. import caching, facts, problems, world
from ..facts import Dossier
from ..inferring import inferred
from ..reading import cases as reading_cases
from ..reading.cases import Case, Step, readable_cases
from ..rules import Knowledge
from ..showing import Showing
from ..world import world_of
from . import sketching
from .resembling import Likeness, Rarity
from .sketching import Sketch, Sketcher


@dataclass(frozen=True)
class Sketched:
    """A stored case with what each of its steps is compared by."""

    case: Case
    steps: tuple[Sketch, ...]


@dataclass(frozen=True)
class Recalled:
    """A stored case at the step (they count from 1) that is most like the case at hand."""

    case: Case
    number: int
    likeness: Likeness
    close: bool
    knowledge: Knowledge

    @cached_property
    def showing(self) -> Showing:
        """The step worked out."""
        return worked_out(self.case.steps[self.number - 1], self.knowledge)

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


def worked_out(step: Step, knowledge: Knowledge) -> Showing:
    return Showing(inferred(knowledge, world_of(step.dossier, knowledge.vocabulary, step.on)))


def sketched(cases: Iterable[Case], knowledge: Knowledge) -> tuple[Sketched, ...]:
    """Return cases by id, each step worked out and sketched."""
    sketcher = Sketcher(knowledge)
    return tuple(
        Sketched(case, tuple(sketcher.sketch(worked_out(step, knowledge)) for step in case.steps))
        for case in sorted(cases, key=lambda case: case.id)
    )


def sketched_stories(folder: Path, knowledge: Knowledge, store: Path | None) -> tuple[Sketched, ...]:
    """Return what happened in the cases of a folder, sketched, as it was kept in `store`, else worked out and kept there; cases with
    mistakes are left out."""
    modules = (sys.modules[__name__], facts, problems, reading_cases, sketching, world)
    found: tuple[Sketched, ...] = caching.recalled(
        caching.Files((folder,), folder, folder), knowledge.sha256, store, modules,
        lambda: sketched(readable_cases(folder, knowledge, story=True), knowledge),
    )  # fmt: skip
    return found


def recalled(dossier: Dossier, showing: Showing, stored: Sequence[Sketched]) -> Recollection:
    """Return every stored case but the one at hand, the nearest first."""
    knowledge = showing.inference.knowledge
    here = Path(dossier.file).resolve()
    others = [one for one in stored if Path(one.case.place.source.file).resolve() != here]
    mine = Sketcher(knowledge).sketch(showing)
    rarity = Rarity([*(one.steps for one in others), [mine]], knowledge)
    found = []
    for one in others:
        steps = []
        for number, sketch in enumerate(one.steps, 1):
            likeness = Likeness(mine, sketch, rarity)
            steps.append(Recalled(one.case, number, likeness, likeness.close(len(others)), knowledge))
        found.append(min(steps, key=lambda step: step.key))
    firing: dict[str, int] = {}
    for one in others:
        for rule in dict.fromkeys(rule for sketch in one.steps for rule, fires in sketch.rules.items() if fires):
            firing[rule] = firing.get(rule, 0) + 1
    return Recollection(showing, tuple(sorted(found, key=lambda one: one.key)), firing)
