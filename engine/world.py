"""What counts on a date: the dossier's facts with stale ones left out and moving ones moved, and what was settled."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .conditions import Key
from .facts import Dossier, Fact, addressed
from .terms import Attribute, Held, Value, Vocabulary


@dataclass(frozen=True)
class WorldRow:
    """One row; two rows of an entity differ in `index`. A row's name is empty where nobody gave it one; `only` says that there
    are never several."""

    entity: str
    index: int
    name: str
    only: bool = field(default=False, compare=False)

    @property
    def address(self) -> str:
        return addressed(self.entity, "" if self.only else self.name)


@dataclass(frozen=True)
class Cell:
    """One attribute of one row, its value None where it is not known."""

    row: WorldRow
    attribute: str
    value: Held | None

    @property
    def address(self) -> str:
        return f"{self.row.address}.{self.attribute}"

    @property
    def key(self) -> Key:
        return (self.row.entity, self.attribute)


@dataclass(frozen=True)
class Stale:
    """A fact that no longer counts, and why."""

    row: WorldRow
    attribute: str
    fact: Fact
    why: str


Frame = dict[str, list[list[Any]]]
"""The known values of all rows, by entity: each row a list laid out by the vocabulary's `slots`, None where unknown."""


@dataclass(slots=True)
class World:
    """All that counts: rows, their known values, and the strength that carried each settled value."""

    slots: Mapping[str, Mapping[str, int]]
    rows: Mapping[str, tuple[WorldRow, ...]]
    frame: Frame
    facts: Mapping[tuple[WorldRow, str], Fact]
    stale: tuple[Stale, ...] = ()
    incomplete: frozenset[str] = frozenset()
    open_questions: int | None = None
    _own: set[int] = field(default_factory=set, compare=False, repr=False)

    def cell(self, row: WorldRow, attribute: str) -> Cell:
        return Cell(row, attribute, self.value(row, attribute))

    def value(self, row: WorldRow, attribute: str) -> Held | None:
        held: Held | None = self.frame[row.entity][row.index][self.slots[row.entity][attribute]]
        return held

    def put(self, row: WorldRow, attribute: str, value: Held | None) -> None:
        self.writable(row.entity, row.index)[self.slots[row.entity][attribute]] = value

    def writable(self, entity: str, number: int) -> list[Any]:
        """Return the values of a row as a list that no other world shares."""
        rows = self.frame[entity]
        if id(rows) not in self._own:
            rows = self.frame[entity] = rows[:]
            self._own.add(id(rows))
        values = rows[number]
        if id(values) not in self._own:
            values = rows[number] = values[:]
            self._own.add(id(values))
        return values

    def strength(self, row: WorldRow, attribute: str) -> str | None:
        """Return the strength of the vote that carried a settled value, None where none stood before fallbacks."""
        held: str | None = self.frame[row.entity][row.index][self.slots[row.entity][f"{attribute}!"]]
        return held

    def single(self, entity: str) -> WorldRow:
        return self.rows[entity][0]

    def known(self) -> dict[tuple[WorldRow, str], Held]:
        """Return every value that is known, by row and attribute; a settled one's strength under `attribute!`."""
        found = {}
        for entity, rows in self.frame.items():
            for row in rows:
                found.update({(row[0], name): row[at] for name, at in self.slots[entity].items() if at > 1 and row[at] is not None})
        return found

    def copy(self) -> World:
        """Return a world of its own values over the same rows; until either is changed they share them."""
        self._own = set()
        return World(self.slots, self.rows, self.frame.copy(), self.facts, self.stale, self.incomplete, self.open_questions)


def world_of(dossier: Dossier, vocabulary: Vocabulary, on: datetime.date) -> World:
    """Return what the dossier's facts say on a date; rows stand by name, so that the order of a list plays no part."""
    rows: dict[str, tuple[WorldRow, ...]] = {}
    frame: Frame = {}
    facts: dict[tuple[WorldRow, str], Fact] = {}
    stale: list[Stale] = []
    for entity in vocabulary.entities.values():
        written = sorted(dossier.of(entity.name), key=lambda row: row.name)
        named = [WorldRow(entity.name, i, row.name, not entity.many) for i, row in enumerate(written)]
        if not entity.many and not named:
            named = [WorldRow(entity.name, 0, "")]
        rows[entity.name] = tuple(named)
        slots = vocabulary.slots[entity.name]
        frame[entity.name] = [[row, row.name or None, *([None] * (len(slots) - 2))] for row in named]
        for number, row in enumerate(named):
            known = written[number].facts if number < len(written) else {}
            for name, attribute in entity.attributes.items():
                fact = known.get(name)
                if fact is None:
                    if attribute.unless_said is not None:
                        frame[entity.name][number][slots[name]] = attribute.unless_said
                    continue
                facts[row, name] = fact
                value = moved(fact, attribute, on)
                why = _stale(fact, attribute, on, value)
                if why:
                    stale.append(Stale(row, name, fact, why))
                else:
                    frame[entity.name][number][slots[name]] = value
    return World(vocabulary.slots, rows, frame, facts, tuple(stale), vocabulary.lists - dossier.complete)


def moved(fact: Fact, attribute: Attribute, on: datetime.date) -> Value:
    """Return the fact's value on a date: a number of days or months to or since something runs with the calendar."""
    if not attribute.moves or fact.on is None or isinstance(fact.value, str):
        return fact.value
    if attribute.moves_in_months:
        passed = (on.year - fact.on.year) * 12 + on.month - fact.on.month - (on.day < fact.on.day)
    else:
        passed = (on - fact.on).days
    return fact.value + attribute.moves * passed


def _stale(fact: Fact, attribute: Attribute, on: datetime.date, value: Value) -> str:
    if fact.on is None:
        return ""
    if fact.on > on:
        return "it lies after the date of this consultation"
    if attribute.moves < 0 and not isinstance(value, str) and value < (attribute.low or 0):
        return "the date it counted to has passed"
    if attribute.stale_after is not None and (on - fact.on).days > attribute.stale_after:
        return f"it counts for {attribute.stale_after} days"
    return ""
