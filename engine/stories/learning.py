"""Says what is known on one day that was not known on an earlier one, and what no longer is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..facts import Fact
from ..terms import Entity, Value, Vocabulary
from ..world import World, WorldRow


@dataclass(frozen=True)
class Learned:
    """One thing that is known otherwise than before; without `attribute` it is about the row itself, or about a list.

    `kind`: a fact came, changed, was confirmed (said again: better known, or newly dated), moved with the calendar, went
    stale or was taken_back; a row is gone; a list is said to be whole.
    `old` and `new` are the values as they counted on their days, `fact` is what was recorded last; `fresh` where the row
    was not there before.
    """

    kind: str
    row: WorldRow
    attribute: str = ""
    old: Value | None = None
    new: Value | None = None
    fact: Fact | None = None
    why: str = ""
    fresh: bool = False

    @property
    def address(self) -> str:
        return f"{self.row.address}.{self.attribute}" if self.attribute else self.row.address


def learned(before: World | None, after: World, vocabulary: Vocabulary) -> list[Learned]:
    """Return what was learned from one world to a later one, in the order of the vocabulary; without `before`, all of it."""
    found: list[Learned] = []
    for entity in vocabulary.entities.values():
        known = {_key(entity, row): row for row in before.rows[entity.name]} if before else {}
        for row in after.rows[entity.name]:
            found += _of_row(entity, row, known.pop(_key(entity, row), None), before, after)
        found += [Learned("gone", row) for row in known.values()]
        incomplete = before.incomplete if before else frozenset({entity.name} if entity.many else ())
        if entity.name in incomplete - after.incomplete:
            found.append(Learned("whole", WorldRow(entity.name, 0, "")))
    return found


def _key(entity: Entity, row: WorldRow) -> str:
    """Return by what a row is known again: its name in a list, nothing where there is one."""
    return row.name if entity.many else ""


def _of_row(entity: Entity, row: WorldRow, old: WorldRow | None, before: World | None, after: World) -> Iterator[Learned]:
    fresh = bool(entity.many) and old is None
    found = [entry for name in entity.attributes if (entry := _of_fact(row, old, name, before, after, fresh))]
    if fresh and not found:
        yield Learned("came", row, fresh=True)
    yield from found


def _of_fact(row: WorldRow, old: WorldRow | None, name: str, before: World | None, after: World, fresh: bool) -> Learned | None:
    fact, value, why = _counted(after, row, name)
    earlier, was, _ = _counted(before, old, name) if before and old else (None, None, "")
    if fact is None:
        return Learned("taken_back", row, name, was, None, earlier) if earlier else None
    if value is None:
        return Learned("stale", row, name, was, None, fact, why, fresh) if was is not None or fact != earlier else None
    if was is None:
        return Learned("came", row, name, None, value, fact, fresh=fresh)
    if value != was:
        return Learned("moved" if fact == earlier else "changed", row, name, was, value, fact)
    return Learned("confirmed", row, name, was, value, fact) if fact != earlier else None


def _counted(world: World, row: WorldRow, name: str) -> tuple[Fact | None, Value | None, str]:
    """Return a fact as recorded, the value that counts (None where it is stale, and why)."""
    fact = world.facts.get((row, name))
    stale = next((s for s in world.stale if s.row == row and s.attribute == name), None)
    value = world.value(row, name) if fact and not stale else None
    assert not isinstance(value, tuple)
    return fact, value, stale.why if stale else ""
