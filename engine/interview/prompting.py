"""What an interview asks next, and how it puts it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..advising import Consultation
from ..asking import Question, vocabulary_asks
from ..blocks import Block, Items
from ..hearing import Misheard, addressed, allowed
from ..terms import Attribute, Entity, Value
from ..world import World, WorldRow


@dataclass
class Asked:
    """What the next line answers: a fact of a row, the names of a list, or how well a fact is known that was just given."""

    fact: str
    row: WorldRow | None = None
    attribute: Attribute | None = None
    names_of: Entity | None = None
    value: Value | None = None
    question: Question | None = None
    step: int = 0


def best(consultation: Consultation, left: Collection[str], more: bool = False) -> Asked | None:
    """Return the most valuable question but for those left open; None where no answer would change anything.

    Where the case stands comes first, since the stage decides what is worth asking; then each list of which nothing is
    recorded, since nothing about a row can be weighed before there is one; then the questions in their order, with `more`
    also those whose answers change something only together with others.
    """
    vocabulary, world, route = consultation.knowledge.vocabulary, consultation.world, consultation.knowledge.route
    if route and world.value(row := world.single(route.stage.entity), route.stage.attribute) is None:
        fact = f"{row.address}.{route.stage.attribute}"
        if fact not in left:
            return asked_for(fact, consultation)
    for entity in vocabulary.entities.values():
        if entity.who_else and not world.rows[entity.name] and entity.name in world.incomplete and entity.many not in left:
            return Asked(entity.many, names_of=entity)
    worth = (q for q in consultation.questions if more or q.now)
    question = next((q for q in worth if q.fact not in left), None)
    return asked_for(question.fact, consultation) if question else None


def asked_for(fact: str, consultation: Consultation) -> Asked | None:
    """Return the question for a fact or a list by its address, None where there is no such thing."""
    vocabulary = consultation.knowledge.vocabulary
    if entity := next((e for e in vocabulary.entities.values() if e.many and e.many == fact), None):
        return Asked(fact, names_of=entity)
    try:
        found = addressed(fact, vocabulary, consultation.world)
    except Misheard:
        return None
    question = next((q for q in consultation.questions if q.fact == fact), None)
    return Asked(fact, found.row, found.attribute, question=question) if found.attribute else None


def put(asked: Asked, consultation: Consultation) -> list[Block]:
    """Return a question in words: what to ask, whom, what may be answered, and why it is asked."""
    if asked.names_of:
        none = "" if consultation.world.rows[asked.names_of.name] else "none is recorded yet; "
        return [Items(((asked.names_of.who_else, (f"{none}write names, with commas between them, or none",)),), numbered=False)]
    assert asked.row is not None and asked.attribute is not None
    if asked.value is not None:
        note = "1 assumed, 2 said, 3 shown; behind it by whom; Enter for assumed"
        return [Items(((f"How well is that known ({asked.fact} = {asked.attribute.label(asked.value)})?", (note,)),), numbered=False)]
    ask, whom = vocabulary_asks(asked.row, asked.attribute, consultation.inference)
    notes = [allowed(asked.attribute)]
    if asked.question:
        report = consultation.report(labels=True)
        ask, whom = asked.question.words(report.speaker)
        notes.append(report.worth(asked.question))
    fact = consultation.world.facts.get((asked.row, asked.attribute.name))
    notes += [f"recorded: {fact.value}{uncounted(asked.row, asked.attribute.name, consultation.world)}"] if fact else []
    return [Items(((ask, (f"ask {whom}; {asked.fact}" if whom else asked.fact, *notes)),), numbered=False)]


def uncounted(row: WorldRow, attribute: str, world: World) -> str:
    """Return why a recorded fact does not count any more, to stand behind it; empty where it does."""
    stale = next((one for one in world.stale if (one.row, one.attribute) == (row, attribute)), None)
    return f", noted on {stale.fact.on}, and not counted: {stale.why}" if stale else ""
