"""Finds what is worth asking: facts not known that rules wait for, and those that could change what is advised.

Each such fact is tried at each of its values through the engine, so that no answer that makes the advice stricter can
stay unasked; between two thresholds one number stands for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .conditions import (
    AnyOf,
    Count,
    Every,
    No,
    OpenQuestions,
    Settled,
    Test,
    walk,
)
from .evaluating import FALSE, TRUE, UNKNOWN, Node, matches
from .explaining import absent
from .inferring import Inference, varied
from .limits import Limits
from .rules import Knowledge, Line, Rule
from .settling import Firing
from .showing import Showing
from .terms import Attribute, Value
from .wording import Speaker
from .world import World, WorldRow

Open = tuple[WorldRow, str]
"""An attribute of a row that is not known."""


@dataclass(frozen=True)
class Change:
    """What an answer could bring: another choice of a decision, or a law, veto or must that a rule would say."""

    decision: str = ""
    choice: Value | None = None
    rule: str = ""
    strength: str = ""


@dataclass(frozen=True)
class Question:
    """A question: the fact it fills (or the entity whose list is not whole), its words, and what answers could change."""

    fact: str
    ask: str
    whom: str
    could_change: tuple[Change, ...] = ()
    rules: tuple[str, ...] = ()
    open: Open | None = field(default=None, compare=False)
    worded: tuple[Line, Firing] | None = field(default=None, compare=False)

    def words(self, speaker: Speaker) -> tuple[str, str]:
        """Return the question and whom to ask, in the words of a rule that asks, else in the vocabulary's."""
        if self.worded is None:
            return self.ask, self.whom
        line, firing = self.worded
        return speaker.say(line.text, firing), (speaker.say(line.whom, firing) if line.whom else self.whom)


def questions(base: Inference, world: World) -> list[Question]:
    """Return all open questions, best first: those that alone keep most laws, vetoes, musts and votes on the main
    decision from firing, then those that could change anything, then the rest of what rules wait for."""
    knowledge = base.knowledge
    asked = _waiting(base)
    worded = _worded(base)
    shown = Showing(base)
    limits = Limits(knowledge, base.world)
    stale = {(s.row, s.attribute) for s in world.stale}
    found = []
    for order, cell in enumerate(_unknown(world, knowledge)):
        effect = _tried(base, world, shown, cell, limits)
        if not effect.changes and cell not in asked and cell not in stale:
            continue
        question = _question(cell, effect, worded, knowledge)
        main = any(c.decision and knowledge.main and c.decision == knowledge.main.name for c in effect.changes)
        found.append(((-len(effect.rules), not main, not effect.changes, order), question))
    found.sort(key=lambda entry: entry[0])
    return [question for _, question in found] + list(_lists(base, shown))


@dataclass
class _Effect:
    changes: tuple[Change, ...]
    rules: tuple[str, ...]


def _unknown(world: World, knowledge: Knowledge) -> Iterator[Open]:
    """Yield every attribute of every row that nobody has recorded, in the order of the vocabulary."""
    for entity in knowledge.vocabulary.entities.values():
        for row in world.rows[entity.name]:
            for attribute in entity.attributes.values():
                recorded = (row, attribute.name) in world.facts and world.value(row, attribute.name) is not None
                if not attribute.settled and not recorded:
                    yield row, attribute.name


def _tried(base: Inference, world: World, shown: Showing, cell: Open, limits: Limits) -> _Effect:
    """Try every answer: what would come out otherwise, and which strong rules this fact alone keeps from firing."""
    row, attribute = cell
    if (row.entity, attribute) not in limits.read:
        return _Effect((), ())
    changes: dict[Change, None] = {}
    rules: dict[str, None] = {}
    for value in limits.answers(row.entity, attribute):
        inference = varied(base, {cell: value})
        if not inference.refired and len(inference.changed) == 1 and (row.entity, attribute) not in limits.needed:
            continue
        trial = Showing(inference)
        for name, choice in trial.differences(shown):
            changes.setdefault(Change(name, choice))
        for rule_id, strength, *_ in sorted(trial.strong - shown.strong):
            changes.setdefault(Change(rule=rule_id, strength=strength))
        rules.update(dict.fromkeys(sorted(trial.deciding - shown.deciding)))
    return _Effect(tuple(changes), tuple(sorted(rules)))


def _waiting(base: Inference) -> set[Open]:
    """Return the unknowns of rules that nothing known makes false, and the holes in the texts that are said."""
    found: set[Open] = set()
    for rule in base.knowledge.rules:
        if rule.draft:
            continue
        for match in matches(rule, base.world, base.knowledge):
            if match.tree.verdict is FALSE:
                continue
            for node in match.tree.children:
                found.update(_unknowns(node))
            if match.fires and not rule.waits_for_questions:
                found.update(_holes(rule, dict(match.rows), base))
    return found


def _unknowns(node: Node) -> Iterator[Open]:
    item = node.item
    if isinstance(item, No | Count | Settled | OpenQuestions):
        return
    if isinstance(item, Every):
        for child in node.children:
            if not any(test.verdict is FALSE for test in child.children):
                for test in child.children:
                    yield from _unknowns(test)
        return
    if item == "unless" and node.verdict is not UNKNOWN:
        return
    if isinstance(item, AnyOf) and node.verdict is TRUE:
        return
    if item == "all" and node.verdict is FALSE:
        return
    if isinstance(item, Test):
        if node.verdict is UNKNOWN:
            for cell in (node.cell, *node.also):
                if cell is not None and cell.value is None and cell.attribute != "name":
                    yield cell.row, cell.attribute
        return
    for child in node.children:
        yield from _unknowns(child)


def _holes(rule: Rule, rows: dict[str, WorldRow], base: Inference) -> Iterator[Open]:
    for effect in rule.then:
        text = effect.text if isinstance(effect, Line) else effect.say
        for slot in text.slots if text else ():
            if slot.attribute and slot.entity and slot.attribute != "name":
                row = rows.get(slot.name) or base.world.single(slot.entity)
                if base.world.value(row, slot.attribute) is None:
                    yield row, slot.attribute


def _worded(base: Inference) -> dict[Open, tuple[Line, Firing]]:
    """Return the lines of rules that ask for a fact."""
    found: dict[Open, tuple[Line, Firing]] = {}
    for rule in base.knowledge.rules:
        for line in rule.lines:
            if line.strength != "ask" or line.about is None:
                continue
            for firing in base.firings.get(rule.id, ()):
                row = dict(firing.rows).get(line.about.name) or base.world.single(line.about.entity)
                found.setdefault((row, line.about.attribute), (line, firing))
    return found


def _question(cell: Open, effect: _Effect, worded: dict[Open, tuple[Line, Firing]], knowledge: Knowledge) -> Question:
    row, name = cell
    ask, whom = vocabulary_asks(row, knowledge.vocabulary.entities[row.entity].attributes[name])
    return Question(f"{row.address}.{name}", ask, whom, effect.changes, effect.rules, cell, worded.get(cell))


def vocabulary_asks(row: WorldRow, attribute: Attribute) -> tuple[str, str]:
    """Return the vocabulary's question for an attribute of a row, and whom to ask."""
    return attribute.ask.replace("{name}", row.name or f"the {row.entity}"), attribute.whom


def _lists(base: Inference, shown: Showing) -> Iterator[Question]:
    """Yield a question for each list that is not said to be whole though something advised rests on what is not in it."""
    entities = {c.pattern.entity for rule, firing in shown.said_firings() for c in counted(rule, base, firing.rows)}
    for entity in base.knowledge.vocabulary.entities.values():
        if entity.name in entities and entity.name in base.world.incomplete and entity.who_else:
            yield Question(entity.many, entity.who_else, "")


def counted(rule: Rule, base: Inference, rows: tuple[tuple[str, WorldRow], ...]) -> list[No | Every | Count]:
    """Return the conditions that let a rule fire by what is recorded of a list as a whole."""
    if not any(isinstance(c, No | Every | Count) for c in walk(rule.when)):
        return []
    found: list[No | Every | Count] = []
    for match in matches(rule, base.world, base.knowledge, only_firing=True):
        if match.rows == rows:
            found += [node.item for node in absent(match.tree) if isinstance(node.item, No | Every | Count)]
    return found
