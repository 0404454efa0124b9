"""Reads when a question is asked and whom one asks: `asked_when` of an attribute, and beside the entities `at_hand` and `channel`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from collections.abc import Mapping as Map

from pydantic import Field

from ..problems import Place, Problem, one_of
from ..terms import Attribute, Channel, Entity, first_asked
from .forms import Form, Words, filled, key_place, place_of
from .nodes import Node, Scalar, Sequence


class ChannelForm(Form):
    while_: dict[str, Words] = Field(alias="while", min_length=1, max_length=1)
    say: str
    names: str = ""
    instead: dict[str, str] = Field(default_factory=dict)


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
    asked = _asked(entities)
    for who, place in near.items():
        if who not in asked:
            problems.append(Problem("K209", f"no question is put to {who!r}", (place,), one_of(who, sorted(asked))))


def read_channel(node: Node | None, entities: Map[str, Entity], problems: list[Problem]) -> Channel | None:
    """Return the one way to those who are not at hand, and while which fact there is no other."""
    form = filled(ChannelForm, node, problems, "channel", "K218") if node is not None else None
    if node is None or form is None:
        return None
    asked = sorted(_asked(entities))
    for who in form.instead:
        if who not in asked:
            place = key_place(node, ("instead", who))
            problems.append(Problem("K209", f"no question is put to {who!r}", (place,), one_of(who, asked)))
    for said, words in form.while_.items():
        owner = next(e for e in entities.values() if e.holds_decisions)
        fact = _fact("channel", said, owner, entities, key_place(node, ("while", said)), problems)
        if fact is not None:
            _check_words(fact, words, node, ("while", said), problems)
            return Channel((fact.entity, fact.name), words, form.say, form.names, form.instead)
    return None


def _asked(entities: Map[str, Entity]) -> set[str]:
    """Return everybody whom a question is put to, also where others come first."""
    asked = {who for e in entities.values() for a in e.attributes.values() for who in a.whom.split(", else ")}
    return {first_asked(who) for who in asked} - {""}


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
            fact = _fact("asked_when", said, entity, found, key_place(node, path), problems)
            if fact is None:
                continue
            key = (fact.entity, fact.name)
            if key == (owner, name):
                problems.append(Problem("K216", f"{owner}.{name} cannot wait for itself", (key_place(node, path),)))
            _check_words(fact, words, node, path, problems)
            conditions.append((key, words))
        asked = dataclasses.replace(entity.attributes[name], asked_when=tuple(conditions))
        found[owner] = dataclasses.replace(entity, attributes={**entity.attributes, name: asked})
    return found


def _check_words(fact: Attribute, words: tuple[str, ...], node: Node, path: tuple[str, ...], problems: list[Problem]) -> None:
    for number, word in enumerate(words):
        if word not in fact.values:
            at = place_of(node, (*path, number))[0] if len(words) > 1 else place_of(node, path)[1].place
            message = f"{word!r} is not a value of {fact.entity}.{fact.name}"
            problems.append(Problem("K217", message, (at,), one_of(word, fact.values)))


def _fact(what: str, said: str, owner: Entity, entities: Map[str, Entity], place: Place, problems: list[Problem]) -> Attribute | None:
    """Return the attribute that a question waits for: of its own row by its name, of the whole as entity.attribute."""
    entity_name, _, name = said.rpartition(".")
    entity = entities.get(entity_name) if entity_name else owner
    if entity is None or name not in entity.attributes:
        known = [*owner.attributes, *_singles(entities)] if not entity_name else list(_singles(entities))
        problems.append(Problem("K216", f"{what}: there is no {said!r}", (place,), one_of(said, known)))
        return None
    if entity is not owner and entity.many:
        help = f"write a fact of {owner.name}, or of an entity of which there is one"
        problems.append(Problem("K216", f"{what}: there may be many {entity.many}, so {said} is no single fact", (place,), help))
        return None
    found = entity.attributes[name]
    if found.numeric:
        problems.append(Problem("K216", f"{what}: {said} is a number", (place,), "only words can be named here"))
        return None
    return found


def _singles(entities: Map[str, Entity]) -> Iterator[str]:
    """Yield the facts of entities of which there is one."""
    yield from (f"{e.name}.{a.name}" for e in entities.values() if not e.many for a in e.attributes.values())
