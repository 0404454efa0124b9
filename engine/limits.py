"""What is not known, and which values of it are worth trying: what rules read, and the numbers at which something could turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from .conditions import Condition, Count, CountRef, FigureRef, Key, OpenQuestions, Ref, patterns, reads, walk
from .rules import Knowledge
from .terms import Attribute, Value
from .world import World, WorldRow

Open = tuple[WorldRow, str]
"""An attribute of a row that is not known."""


def unknown(world: World, knowledge: Knowledge) -> Iterator[Open]:
    """Yield every attribute of every row that nobody has recorded, in the order of the vocabulary."""
    for entity in knowledge.vocabulary.entities.values():
        for row in world.rows[entity.name]:
            for attribute in entity.attributes.values():
                recorded = (row, attribute.name) in world.facts and world.value(row, attribute.name) is not None
                if not attribute.settled and not recorded:
                    yield row, attribute.name


class Limits:
    """What is read of each attribute, and the numbers at which something could turn."""

    def __init__(self, knowledge: Knowledge, world: World):
        self.knowledge = knowledge
        self.world = world
        self.bounds: dict[Key, set[float]] = {}
        self.read: set[Key] = set()
        self.needed = reads(need for rule in knowledge.rules for line in rule.lines for need in line.needs)
        for conditions in _every_condition(knowledge):
            for condition in walk(conditions):
                self._note(condition)

    def _note(self, condition: Condition) -> None:
        for pattern, tests in patterns(condition):
            for test in tests:
                key = (pattern.entity, test.attribute)
                self.read.add(key)
                for operand in (*test.options, *(operand for _, operand in test.bounds)):
                    self._bound(key, operand)
        if isinstance(condition, Count | OpenQuestions):
            for _, operand in condition.bounds:
                if isinstance(operand, Ref):
                    self.read.add(operand.key)
                    self.bounds.setdefault(operand.key, set()).update(self._lengths())
                elif isinstance(operand, FigureRef) and operand.by:
                    self.read.add(operand.by)

    def _bound(self, key: Key, operand: object) -> None:
        here = self.bounds.setdefault(key, set())
        if isinstance(operand, FigureRef):
            value = self.knowledge.figures[operand.name].value
            here.update(float(v) for v in (value.values() if isinstance(value, dict) else (value,)))  # type: ignore[arg-type]
            if operand.by:
                self.read.add(operand.by)
        elif isinstance(operand, Ref):
            self.read.add(operand.key)
            here.update(self._numbers(operand.key))
            self.bounds.setdefault(operand.key, set()).update(self._numbers(key))
        elif isinstance(operand, CountRef):
            here.update(self._lengths())
        elif isinstance(operand, int | float):
            here.add(float(operand))

    def _lengths(self) -> range:
        """Return every number that a count can come to."""
        return range(max(map(len, self.world.rows.values())) + 2)

    def _numbers(self, key: Key) -> Iterator[float]:
        for row in self.world.rows[key[0]]:
            value = self.world.value(row, key[1])
            if isinstance(value, int | float):
                yield float(value)

    def answers(self, entity: str, name: str) -> list[Value]:
        """Return every answer that could make a difference: all words, or a number on, between and beyond the bounds."""
        attribute = self.knowledge.vocabulary.entities[entity].attributes[name]
        if not attribute.numeric:
            return list(attribute.values)
        points = sorted({*self._inside(attribute), *_ends(attribute)})
        return sorted({*points, *((a + b) / 2 for a, b in pairwise(points))})

    def _inside(self, attribute: Attribute) -> set[float]:
        low, high = _ends(attribute)
        return {b for b in self.bounds.get((attribute.entity, attribute.name), ()) if low <= b <= high}

    def across(self, entity: str, name: str) -> list[Value]:
        """Return every value on either side of what somebody tests: all words, or the numbers on and next to each bound, whole
        ones where range and bounds are whole."""
        attribute = self.knowledge.vocabulary.entities[entity].attributes[name]
        if not attribute.numeric:
            return list(attribute.values)
        low, high = _ends(attribute)
        inside = self._inside(attribute)
        digits = max(_digits(float(number)) for number in (low, high, *inside))
        near = {round(bound + way * 10**-digits, digits) for bound in inside for way in (-1, 0, 1)}
        return [int(n) if float(n).is_integer() else n for n in sorted(near) if low <= n <= high]


def _ends(attribute: Attribute) -> tuple[float, float]:
    assert attribute.low is not None and attribute.high is not None
    return float(attribute.low), float(attribute.high)


def _digits(number: float) -> int:
    """Return how many digits a number has after its point."""
    return 0 if float(number).is_integer() else len(repr(number).partition(".")[2])


def _every_condition(knowledge: Knowledge) -> Iterator[Iterable[Condition]]:
    for rule in knowledge.rules:
        yield (*rule.when, *rule.unless)
        for line in rule.lines:
            yield line.needs
    for decision in knowledge.decisions:
        yield decision.unless
    for card in knowledge.scorecards.values():
        for _, rows in card.factors:
            for row in rows:
                yield row.condition
