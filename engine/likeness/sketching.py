"""Sketches a worked-out case: all that it can be compared with another by, and nothing that is not known."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..conditions import Key
from ..facts import Dossier
from ..limits import Limits
from ..rules import Knowledge
from ..showing import Showing
from ..terms import Held
from ..world import WorldRow, world_of

Aspects = dict[Any, Any]
"""What two cases can be compared by: a value for each thing that is known."""


class SketchedRow(NamedTuple):
    """A row of a list with what is known of it."""

    row: WorldRow
    aspects: Aspects


@dataclass(frozen=True)
class Sketch:
    """What a case is compared by. What is not known is not in it; a number stands as the stretch that it lies in.

    `decisions` has each choice that is shown, of a decision that takes many each option with whether it is taken. `rules` has
    whether a rule fires; False where it is stopped by what is known, so one that waits for a fact is left out.
    """

    facts: Aspects
    rows: Mapping[str, tuple[SketchedRow, ...]]
    decisions: Aspects
    rules: Aspects


class _Asked(NamedTuple):
    """An attribute that cases may be compared by; `bounds` are the numbers that somebody compares it with, None of a word."""

    key: Key
    bounds: list[float] | None
    settled_apart: bool
    unless_said: bool


class Sketcher:
    """Makes sketches of cases worked out with one knowledge base."""

    def __init__(self, knowledge: Knowledge):
        nobody = world_of(Dossier("", ()), knowledge.vocabulary, datetime.date.min)
        bounds = {key: sorted(found) for key, found in Limits(knowledge, nobody).bounds.items()}
        self.rules = [(rule.id, rule.reads) for rule in knowledge.rules if not rule.draft and not rule.waits_for_questions]
        self.entities: list[tuple[str, bool, list[_Asked]]] = []
        for entity in knowledge.vocabulary.entities.values():
            keys = {(entity.name, name): attribute for name, attribute in entity.attributes.items()}
            asked = [_Asked(k, bounds.get(k, []) if a.numeric else None, a.decided, a.unless_said is not None) for k, a in keys.items()]
            self.entities.append((entity.name, bool(entity.many), asked))

    def sketch(self, showing: Showing) -> Sketch:
        """Return what a case is compared by."""
        world, fired = showing.inference.world, showing.inference.firings
        facts = Aspects()
        lists: dict[str, tuple[SketchedRow, ...]] = {}
        known: set[Key] = set()
        for entity, many, attributes in self.entities:
            found = []
            for row, values in zip(world.rows[entity], world.frame[entity], strict=True):
                aspects = Aspects()
                for (key, bounds, settled_apart, unless_said), value in zip(attributes, values[2:], strict=False):
                    if value is not None:
                        known.add(key)
                        if not settled_apart and not (unless_said and (row, key[1]) not in world.facts):
                            aspects[key] = value if bounds is None else bisect_right(bounds, value)
                found.append(SketchedRow(row, aspects))
            if many:  # by content, so that neither names nor the order of a list play a part
                lists[entity] = tuple(sorted(found, key=lambda entry: str(entry.aspects)))
            else:
                facts |= found[0].aspects
        rules = {rule: rule in fired for rule, reads in self.rules if rule in fired or reads <= known}
        return Sketch(facts, lists, _decided(showing), rules)


def _decided(showing: Showing) -> Aspects:
    found = Aspects()
    for decision in showing.inference.knowledge.decisions:
        shown: Held | None = None if decision.derived else showing.shown(decision)
        if isinstance(shown, tuple) and decision.choose == "many":
            found.update({(decision.name, option): option in shown for option in decision.options})
        elif shown is not None:
            found[decision.name, ""] = shown[0] if isinstance(shown, tuple) else shown
    return found
