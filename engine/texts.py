"""Texts with slots, and sentences that are said where their conditions hold: records only."""

from __future__ import annotations

from dataclasses import dataclass, field

from .conditions import Condition, Key, Pattern, reads
from .problems import Place


@dataclass(frozen=True)
class Slot:
    """A hole in a text: an attribute of a row, a figure (`name` is figures), or a count (`attribute` is empty)."""

    name: str
    attribute: str = ""
    entity: str = ""


@dataclass(frozen=True)
class Text:
    """A sentence with slots, in the order they stand."""

    parts: tuple[str | Slot, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(p for p in self.parts if isinstance(p, Slot))

    @property
    def reads(self) -> frozenset[Key]:
        """Every attribute that it names."""
        return frozenset((s.entity, s.attribute) for s in self.slots if s.entity)


@dataclass(frozen=True)
class Sentence:
    """A text that is said for each choice of rows with which `when` holds; held back unless what it needs holds."""

    text: Text
    place: Place = field(repr=False, compare=False)
    when: tuple[Condition, ...] = ()
    needs: tuple[Pattern, ...] = ()

    @property
    def looks_at(self) -> frozenset[Key]:
        return reads(self.when) | self.text.reads | reads(self.needs)
