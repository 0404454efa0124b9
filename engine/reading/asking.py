"""Reads when a question is asked and whom one asks: `asked_when` of an attribute, and the list `at_hand` beside the entities."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from collections.abc import Mapping as Map

from ..problems import Place, Problem, one_of
from ..terms import Attribute, Entity
from .forms import key_place, place_of
from .nodes import Node, Scalar, Sequence


def read_at_hand(node: Node | None, problems: list[Problem]) -> dict[str, Place]:
    """Return whom and what one can ask at home, each with its place."""
    if node is None:
        return {}
    if not isinstance(node, Sequence) or not all(isinstance(item, Scalar) for item in node.items):
        problems.append(
            Problem("K209", "at_hand is a list of those who can be asked at home", (node.place,), "write - and a name of `whom`")
        )
        return {}
    return {item.text: item.place for item in node.items if isinstance(item, Scalar)}


def check_at_hand(near: Map[str, Place], entities: Map[str, Entity], problems: list[Problem]) -> None:
    """Note whoever is at hand and is never asked."""
    asked = {first_asked(a.whom) for e in entities.values() for a in e.attributes.values()} - {""}
    for who, place in near.items():
        if who not in asked:
            problems.append(Problem("K209", f"no question is put to {who!r}", (place,), one_of(who, sorted(asked))))


def first_asked(whom: str) -> str:
    """Return whom to ask first: what stands before `, else ...`."""
    return whom.partition(",")[0].strip()


def with_asked_when(
    entities: Map[str, Entity], written: Map[tuple[str, str], Map[str, tuple[str, ...]]], node: Node, problems: list[Problem]
) -> dict[str, Entity]:
    """Return the entities with what has to be so, as far as it is known, for each of their questions to be asked."""
    found = dict(entities)
    for (owner, name), facts in written.items():
        entity = found[owner]
        conditions = []
        for said, words in facts.items():
            path = (owner, "attributes", name, "asked_when", said)
            fact = _fact(said, entity, found, key_place(node, path), problems)
            if fact is None:
                continue
            key = (fact.entity, fact.name)
            if key == (owner, name):
                problems.append(Problem("K216", f"{owner}.{name} cannot wait for itself", (key_place(node, path),)))
            for number, word in enumerate(words):
                if word not in fact.values:
                    at = place_of(node, (*path, number))[0] if len(words) > 1 else place_of(node, path)[1].place
                    message = f"{word!r} is not a value of {fact.entity}.{fact.name}"
                    problems.append(Problem("K217", message, (at,), one_of(word, fact.values)))
            conditions.append((key, words))
        asked = dataclasses.replace(entity.attributes[name], asked_when=tuple(conditions))
        found[owner] = dataclasses.replace(entity, attributes={**entity.attributes, name: asked})
    return found


def _fact(said: str, owner: Entity, entities: Map[str, Entity], place: Place, problems: list[Problem]) -> Attribute | None:
    """Return the attribute that a question waits for: of its own row by its name, of the whole as entity.attribute."""
    entity_name, _, name = said.rpartition(".")
    entity = entities.get(entity_name) if entity_name else owner
    if entity is None or name not in entity.attributes:
        known = [*owner.attributes, *_singles(entities)] if not entity_name else list(_singles(entities))
        problems.append(Problem("K216", f"asked_when: there is no {said!r}", (place,), one_of(said, known)))
        return None
    if entity is not owner and entity.many:
        help = f"write a fact of {owner.name}, or of an entity of which there is one"
        problems.append(Problem("K216", f"asked_when: there may be many {entity.many}, so {said} is no single fact", (place,), help))
        return None
    found = entity.attributes[name]
    if found.numeric:
        problems.append(Problem("K216", f"asked_when: {said} is a number", (place,), "a question waits for words alone"))
        return None
    return found


def _singles(entities: Map[str, Entity]) -> Iterator[str]:
    """Yield the facts of entities of which there is one."""
    yield from (f"{e.name}.{a.name}" for e in entities.values() if not e.many for a in e.attributes.values())
