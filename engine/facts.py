"""What is known of one case: facts in rows, as written and as they count on a date."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from .problems import Place
from .terms import Value

GRADES = ("assumed", "said", "shown")
"""From the weakest to the strongest."""


def addressed(entity: str, name: str) -> str:
    """Return how a row is written in `entity[row].attribute`: with its name where it has to be told from others."""
    return f"{entity}[{name}]" if name else entity


@dataclass(frozen=True)
class Fact:
    """One attribute of one row, with how well it is known, who said it and when."""

    value: Value
    place: Place | None = field(default=None, repr=False, compare=False)
    grade: str = "assumed"
    by: str = ""
    on: datetime.date | None = None


@dataclass(frozen=True)
class Row:
    """One entity of a dossier; `name` is empty where nobody gave it one, `only` says that there are never several."""

    entity: str
    name: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    note: str = ""
    place: Place | None = field(default=None, repr=False, compare=False)
    taken_back: frozenset[str] = frozenset()
    gone: bool = False
    only: bool = False

    @property
    def address(self) -> str:
        return addressed(self.entity, "" if self.only else self.name)


@dataclass(frozen=True)
class Dossier:
    """All that is known of one case, as written; `complete` names the lists that are said to be whole."""

    file: str
    rows: tuple[Row, ...]
    as_of: datetime.date | None = None
    complete: frozenset[str] = frozenset()
    sha256: str = ""
    title: str = ""

    def of(self, entity: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.entity == entity)


def merged(base: Dossier, change: Dossier, many: Collection[str]) -> Dossier:
    """Return `base` with the rows of `change` laid over it: facts added, replaced, taken back, rows gone.

    Rows of the entities in `many` are known by their name; of the others there is one row, whatever its name.
    """
    rows = list(base.rows)
    for row in change.rows:
        at = next((i for i, r in enumerate(rows) if r.entity == row.entity and (r.name == row.name or r.entity not in many)), None)
        if at is None:
            if not row.gone:
                rows.append(row)
            continue
        old = rows[at]
        facts = {k: f for k, f in old.facts.items() if k not in row.taken_back} | dict(row.facts)
        rows[at] = Row(old.entity, row.name or old.name, facts, row.note or old.note, old.place, only=old.only)
        if row.gone:
            del rows[at]
    return Dossier(base.file, tuple(rows), change.as_of or base.as_of, base.complete | change.complete)
