"""Fits what is known of a case to the words of another vocabulary, as it was before some of them came or changed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from ..facts import Dossier, Fact, Row, addressed
from ..terms import Attribute, Entity, Vocabulary
from .dossiers import sha256_of


@dataclass(frozen=True)
class LeftOut:
    """A fact that the other vocabulary has no words for, and what it lacks; without `attribute` a row or a list of them."""

    entity: str
    name: str
    attribute: str
    fact: Fact | None
    why: str

    @property
    def address(self) -> str:
        row = addressed(self.entity, self.name)
        return f"{row}.{self.attribute}" if self.attribute else row


def fitted(dossier: Dossier, own: Vocabulary, other: Vocabulary) -> tuple[Dossier, list[LeftOut]]:
    """Return a dossier in the words of another vocabulary, and what was left out; a word that was renamed goes by its old name."""
    left: list[LeftOut] = []
    rows = []
    for row in dossier.rows:
        entity = other.entities.get(row.entity)
        if entity is None or bool(entity.many) != (row.entity in own.lists):
            why = f"there was no {row.entity}" if entity is None else f"{row.entity} was {'a list' if entity.many else 'no list'}"
            left.append(LeftOut(row.entity, "" if row.only else row.name, "", None, why))
        else:
            rows.append(_row(row, own.entities[row.entity], entity, left))
    complete = frozenset(name for name in dossier.complete if name in other.lists)
    made = dataclasses.replace(dossier, rows=tuple(rows), complete=complete)
    return dataclasses.replace(made, sha256=sha256_of(made)), left


def _row(row: Row, own: Entity, other: Entity, left: list[LeftOut]) -> Row:
    facts = {}
    for name, fact in row.facts.items():
        attribute = next((other.attributes[a] for a in (name, *own.attributes[name].was) if a in other.attributes), None)
        why = _misfit(attribute, fact)
        if why or attribute is None:
            left.append(LeftOut(row.entity, "" if row.only else row.name, name, fact, why))
        else:
            facts[attribute.name] = dataclasses.replace(fact, value=fact.value if attribute.numeric else str(fact.value))
    return dataclasses.replace(row, facts=facts)


def _misfit(attribute: Attribute | None, fact: Fact) -> str:
    """Return why a fact has no place in an attribute, nothing where it fits."""
    if attribute is None:
        return "there was no such word"
    if attribute.settled:
        return "rules concluded it"
    if not attribute.numeric:
        return "" if str(fact.value) in attribute.values else "it was no value of it"
    if isinstance(fact.value, str):
        return "it was a number"
    assert attribute.low is not None and attribute.high is not None
    return "" if attribute.low <= fact.value <= attribute.high else f"it went from {attribute.low} to {attribute.high}"
