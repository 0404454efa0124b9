"""The words a knowledge base may use: entities, their attributes, and named figures."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .problems import Place

Value = str | int | float
"""A fact's value: a word of the vocabulary, or a number."""
Held = Value | tuple[str, ...]
"""A value, or the options taken by a decision that takes many."""


def values_of(held: Held | None) -> tuple[Value, ...]:
    """Return what is held one by one: the options taken, the value that there is, or nothing."""
    return held if isinstance(held, tuple) else () if held is None else (held,)


def as_data(held: Held | None) -> list[str] | Value | None:
    """Return what is held as plain data."""
    return list(held) if isinstance(held, tuple) else held


@dataclass(frozen=True)
class Attribute:
    """One thing that can be known of an entity; `values` is empty for a number, `low` and `high` are None for a word."""

    entity: str
    name: str
    place: Place = field(repr=False, compare=False)
    meaning: str = ""
    values: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)
    low: float | None = None
    high: float | None = None
    unit: str = ""
    ask: str = ""
    whom: str = ""
    stale_after: int | None = None
    changeable: bool = False
    derived: bool = False
    decided: bool = False
    takes_many: bool = False
    unless_said: Value | None = None
    moves: int = 0
    moves_in_months: bool = False
    was: tuple[str, ...] = ()
    wanted_by: tuple[str, ...] = ()
    called: str = ""
    at_hand: bool = False
    asked_when: tuple[tuple[tuple[str, str], tuple[str, ...]], ...] = ()
    """Facts by entity and attribute: where one is known and none of these words, the question is not asked for now."""

    @property
    def numeric(self) -> bool:
        return self.low is not None

    @property
    def settled(self) -> bool:
        """Whether rules set it, so that no dossier may."""
        return self.derived or self.decided

    @property
    def words(self) -> str:
        """What people call it in a sentence."""
        return self.called or self.name.replace("_", " ")

    def label(self, value: object) -> str:
        return self.labels.get(str(value), str(value))


@dataclass(frozen=True)
class Entity:
    """A kind of thing with attributes; `many` is the key of its list in a dossier, empty where there is one row."""

    name: str
    place: Place = field(repr=False, compare=False)
    meaning: str = ""
    many: str = ""
    who_else: str = ""
    holds_decisions: bool = False
    called: str = ""
    attributes: Mapping[str, Attribute] = field(default_factory=dict, compare=False)

    @property
    def words(self) -> str:
        """What people call its one row in a sentence."""
        return self.called or f"the {self.name}"


def first_asked(whom: str) -> str:
    """Return whom to ask first: what stands before `, else ...`."""
    return whom.partition(",")[0].strip()


@dataclass(frozen=True)
class Channel:
    """The one way to those who are not at hand, while a fact has one of some words; `instead` is for whom there is none."""

    key: tuple[str, str]
    words: tuple[str, ...]
    say: str
    names: str
    instead: Mapping[str, str] = field(default_factory=dict)

    def reached(self, whom: str, at_hand: frozenset[str]) -> str:
        """Return whom to ask: those at hand first, the channel for the others; a text that names the channel as it is."""
        if not whom or (self.names and self.names in whom):
            return whom
        asked = re.split(r"[,;] else ", whom)
        home = [who for who in asked if first_asked(who) in at_hand]
        away = [self.instead.get(first_asked(who), self.say) for who in asked if who not in home]
        return ", else ".join(dict.fromkeys([*home, *away])) if away else whom


@dataclass(frozen=True, eq=False)
class Vocabulary:
    entities: Mapping[str, Entity]
    at_hand: frozenset[str] = frozenset()
    channel: Channel | None = None

    @cached_property
    def lists(self) -> frozenset[str]:
        """The entities that may have many rows."""
        return frozenset(e.name for e in self.entities.values() if e.many)

    @property
    def main(self) -> str:
        """The single entity on which decisions are held."""
        return next(e.name for e in self.entities.values() if e.holds_decisions)

    @cached_property
    def slots(self) -> dict[str, dict[str, int]]:
        """Where each attribute stands in the list that holds a row: 0 is the row, 1 its name; a settled attribute has a
        second place, `attribute!`, for the strength that carried it."""
        found = {}
        for entity in self.entities.values():
            names = ["", "name", *entity.attributes, *(f"{a.name}!" for a in entity.attributes.values() if a.settled)]
            found[entity.name] = {name: place for place, name in enumerate(names)}
        return found

    def attribute(self, entity: str, name: str) -> Attribute | None:
        found = self.entities.get(entity)
        return found.attributes.get(name) if found else None

    def attributes(self) -> Iterator[Attribute]:
        for entity in self.entities.values():
            yield from entity.attributes.values()


@dataclass(frozen=True)
class Figure:
    """A named number with its unit, source and date; with `by` it is a number for each value of that attribute."""

    name: str
    place: Place = field(repr=False, compare=False)
    value: Value | Mapping[str, Value]
    unit: str
    source: str
    date: datetime.date
    by: tuple[str, str] | None = None
