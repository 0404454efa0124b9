"""Puts words together: slots filled with the case's own facts, lines that differ only in a name joined into one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .rules import Knowledge
from .settling import Firing
from .terms import Held, values_of
from .texts import Slot, Text
from .world import World, WorldRow

NOT_KNOWN = "(not known)"
_MANY = re.compile(r"(?<=[^\Ws])s\b")


@dataclass(frozen=True)
class Speaker:
    """Fills texts with what a world knows, by the labels that people read (`labels`) or by the bare words."""

    knowledge: Knowledge
    world: World
    labels: bool = False

    def value(self, entity: str, attribute: str, value: Held | None) -> str:
        """Return a value as a text says it."""
        if value is None:
            return NOT_KNOWN
        found = self.knowledge.vocabulary.attribute(entity, attribute)
        said = [found.label(v) if self.labels and found else str(v) for v in values_of(value)]
        return listed(said)

    def slot(self, slot: Slot, rows: dict[str, WorldRow], counts: dict[str, int]) -> str:
        if slot.name == "figures":
            return self.figure(slot.attribute)
        if not slot.attribute:
            return str(counts.get(slot.name, NOT_KNOWN))
        row = rows.get(slot.name) or self.single(slot.name)
        if row is None:
            return NOT_KNOWN
        if slot.attribute == "name":
            return row.name or f"the {row.entity}"
        return self.value(row.entity, slot.attribute, self.world.value(row, slot.attribute))

    def single(self, name: str) -> WorldRow | None:
        entity = self.knowledge.vocabulary.entities.get(name)
        return self.world.single(name) if entity and not entity.many else None

    def figure(self, name: str) -> str:
        figure = self.knowledge.figures[name]
        if figure.by is None:
            return str(figure.value)
        held = self.world.value(self.world.single(figure.by[0]), figure.by[1])
        found = figure.value.get(str(held)) if held is not None else None  # type: ignore[union-attr]
        return NOT_KNOWN if found is None else str(found)

    def say(self, text: Text, firing: Firing) -> str:
        """Return a text as one firing says it."""
        return self.filled(text, dict(firing.rows), dict(firing.counts))

    def filled(self, text: Text, rows: dict[str, WorldRow], counts: dict[str, int] | None = None) -> str:
        """Return a text with its slots filled from rows and counts by name."""
        return _begun("".join(self.slot(p, rows, counts or {}) if isinstance(p, Slot) else p for p in text.parts))

    def joined(self, text: Text, firings: Sequence[Firing]) -> list[tuple[str, tuple[Firing, ...]]]:
        """Return what several firings of one text say: equal lines once, lines that differ in one name as one."""
        slots = list(dict.fromkeys(text.slots))
        said: dict[tuple[str, ...], list[Firing]] = {}
        for firing in firings:
            rows, counts = dict(firing.rows), dict(firing.counts)
            said.setdefault(tuple(self.slot(s, rows, counts) for s in slots), []).append(firing)
        groups: list[Group] = [(values, tuple(found), False) for values, found in said.items()]
        for position, slot in enumerate(slots):
            if slot.attribute == "name" and slot.name != "figures":
                groups = _merged(groups, position)
        return [(self._put(text, dict(zip(slots, values, strict=True))), found) for values, found, _ in groups]

    def _put(self, text: Text, values: dict[Slot, str]) -> str:
        return _begun("".join(values[p] if isinstance(p, Slot) else p for p in text.parts))


Group = tuple[tuple[str, ...], tuple[Firing, ...], bool]


def _merged(groups: list[Group], position: int) -> list[Group]:
    """Join the groups that differ only in the name at one position; a group joined before stays as it is."""
    alike: dict[tuple[str, ...], list[Group]] = {}
    for values, firings, joined in groups:
        alike.setdefault(values[:position] + values[position + 1 :], []).append((values, firings, joined))
    found: list[Group] = []
    for members in alike.values():
        if len(members) == 1 or any(joined for _, _, joined in members):
            found += members
            continue
        names = listed(sorted(values[position] for values, _, _ in members))
        values = members[0][0]
        found.append(((*values[:position], names, *values[position + 1 :]), tuple(f for _, fs, _ in members for f in fs), True))
    return found


def listed(words: Iterable[str]) -> str:
    """Return words as a sentence lists them: a, b and c."""
    found = list(words)
    return found[0] if len(found) == 1 else ", ".join(found[:-1]) + " and " + found[-1] if found else ""


def either(words: Iterable[str]) -> str:
    """Return words as alternatives: a, b or c."""
    found = list(words)
    return found[0] if len(found) == 1 else ", ".join(found[:-1]) + " or " + found[-1] if found else ""


def measured(said: str, unit: str) -> str:
    """Return a number with its unit, which says it of many: "1 year" where the unit is years."""
    return f"{said} {_MANY.sub('', unit, count=1) if said.split()[-1:] == ['1'] else unit}".rstrip()


def first_sentence(text: str) -> str:
    """Return a text up to the end of its first sentence."""
    return re.split(r"(?<=[.?!]) (?=[^a-z])", text, maxsplit=1)[0]


def capital(text: str) -> str:
    """Return a text with its first letter as a sentence begins."""
    return text[:1].upper() + text[1:]


def _begun(sentence: str) -> str:
    """Return a sentence that begins with the entity of a row nobody has named with a capital letter."""
    return f"T{sentence[1:]}" if sentence.startswith("the ") else sentence
