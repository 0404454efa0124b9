"""Says the facts of one case as people read them: whose they are, what they are, how well they are known."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .inferring import Inference
from .problems import Place
from .rules import Knowledge
from .terms import Attribute, Held, as_data
from .wording import Speaker, capital, either, measured
from .world import Cell, WorldRow

MANY = 3
"""So many alternatives are named; of more, what they leave out where that is shorter."""


@dataclass
class Teller:
    """Says the facts of one case."""

    inference: Inference
    names: Speaker = field(init=False)

    def __post_init__(self) -> None:
        self.names = Speaker(self.knowledge, self.inference.world, True)

    @property
    def knowledge(self) -> Knowledge:
        return self.inference.knowledge

    def sentence(self, text: str) -> str:
        """Return a text that begins like a sentence, a name as it is written."""
        names = (row.name for rows in self.inference.world.rows.values() for row in rows if row.name)
        return text if text.startswith(tuple(names)) else capital(text)

    def owner(self, row: WorldRow) -> str:
        """Return what a sentence calls a row."""
        return row.name or self.knowledge.vocabulary.entities[row.entity].words

    def attribute(self, cell: Cell) -> Attribute | None:
        return self.knowledge.vocabulary.attribute(*cell.key)

    def subject(self, cell: Cell) -> str:
        """Return what a sentence calls an attribute of a row."""
        found = self.attribute(cell)
        return f"{self.owner(cell.row)}'s {found.words if found else cell.attribute.replace('_', ' ')}"

    def value(self, cell: Cell, value: Held | None) -> str:
        """Return a value as people read it, with its unit."""
        found = self.attribute(cell)
        return measured(self.names.value(*cell.key, value), found.unit if found and value is not None else "")

    def aside(self, cell: Cell, value: Held | None) -> str:
        """Return a value as it stands in brackets, one that is not known without its own."""
        return self.value(cell, value) if value is not None else self.value(cell, value).strip("()")

    def fact(self, cell: Cell) -> str:
        """Return a fact as a sentence, one that is not known said to be so."""
        if cell.value is not None:
            many = (found := self.attribute(cell)) is not None and found.takes_many
            return f"{self.subject(cell)} {'includes' if many else 'is'} {self.value(cell, cell.value)}"
        for stale in self.inference.world.stale:
            if (stale.row, stale.attribute) == (cell.row, cell.attribute):
                on = f", noted on {stale.fact.on.isoformat()}" if stale.fact.on else ""
                return f"{self.subject(cell)} is not counted: {self.value(cell, stale.fact.value)}{on} ({stale.why})"
        return f"{self.subject(cell)} is not known"

    def source(self, cell: Cell) -> str:
        """Return how well a recorded fact is known, who said it, when, and where it is written; empty for what is not recorded."""
        fact = self.inference.world.facts.get((cell.row, cell.attribute))
        if fact is None:
            return "nothing else is recorded" if cell.value is not None and cell.key not in self.knowledge.settles else ""
        said = f"{fact.grade} by {fact.by}" if fact.by else fact.grade
        parts = [said, _day(fact.on), f"{fact.place.source.file.rpartition('/')[2]}:{fact.place.line}" if fact.place else ""]
        return ", ".join(part for part in parts if part)

    def record(self, cell: Cell) -> dict[str, Any]:
        """Return a fact as plain data."""
        fact = self.inference.world.facts.get((cell.row, cell.attribute))
        return {
            "fact": cell.address, "value": as_data(cell.value),
            "grade": fact.grade if fact else None, "by": (fact.by or None) if fact else None, "on": _day(fact.on) or None if fact else None,
            "place": placed(fact.place if fact else None),
        }  # fmt: skip

    def alternatives(self, attribute: Attribute, options: Sequence[str]) -> str:
        """Return words as alternatives; where they are most that there are, what they leave out."""
        left = [value for value in attribute.values if value not in options]
        if len(options) > MANY and left and len(left) < len(options):
            return f"anything but {either(attribute.label(value) for value in left)}"
        return either(attribute.label(option) for option in options)


def placed(place: Place | None) -> str | None:
    """Return a place as file and line."""
    return f"{place.source.file}:{place.line}" if place and place.line else None


def _day(day: datetime.date | None) -> str:
    return day.isoformat() if day else ""
