"""Finds who in a knowledge base reads, sets and mentions a word: an attribute, one of its values, or a figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .conditions import Condition, FigureRef, Key, Ref, Settled, operands, patterns, walk
from .outlines import Outlines
from .rules import Against, Decision, Knowledge, Line, Route, Rule, Vote
from .terms import Value
from .texts import Slot, Text


@dataclass(frozen=True)
class Use:
    """That somebody reads an attribute: the values named, and whether any value may matter (`whole`)."""

    user: str
    key: Key
    values: frozenset[str] = frozenset()
    whole: bool = False


@dataclass(frozen=True)
class Voice:
    """That a rule speaks for a value of an attribute, or against it (no strength)."""

    rule: Rule
    key: Key
    strength: str
    value: Value | None


@dataclass
class Tracing:
    """All uses in a knowledge base."""

    knowledge: Knowledge

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Who reads what: rules by their id, then scorecards, decisions and the route by a few words."""
        found = [use for rule in self.knowledge.rules for use in _uses(rule.id, (*rule.when, *rule.unless, *_needs(rule)))]
        return (*found, *self._others())

    def _others(self) -> Iterator[Use]:
        knowledge = self.knowledge
        for name, card in knowledge.scorecards.items():
            for factor, rows in card.factors:
                for row in rows:
                    yield from _uses(f"{name} ({factor})", row.condition)
        for decision in knowledge.decisions:
            yield from _uses_of_decision(decision)
        if knowledge.route:
            yield from _uses_of_route(knowledge.route)
        if knowledge.outlines:
            yield from _uses_of_outlines(knowledge.outlines)

    @cached_property
    def voices(self) -> tuple[Voice, ...]:
        """Every vote, and every effect against an option, in id order."""
        found = []
        for rule in self.knowledge.rules:
            for effect in rule.then:
                if isinstance(effect, Vote):
                    option = effect.option if isinstance(effect.option, str | int | float) else None
                    found.append(Voice(rule, effect.target.key, effect.strength, option))
                elif isinstance(effect, Against):
                    found.append(Voice(rule, effect.target.key, "", effect.option))
        return tuple(found)

    def voices_on(self, key: Key) -> list[Voice]:
        """Return who speaks on an attribute; on one that is settled per row, for a row and for all."""
        decision = self.knowledge.settles.get(key)
        keys = decision.keys if decision else {key}
        return [voice for voice in self.voices if voice.key in keys]

    @cached_property
    def _by_key(self) -> dict[Key, list[Use]]:
        found: dict[Key, list[Use]] = {}
        for use in self.uses:
            found.setdefault(use.key, []).append(use)
        return found

    @cached_property
    def printed(self) -> dict[Key, list[str]]:
        """The rules in whose texts each attribute has a slot."""
        found: dict[Key, list[str]] = {}
        for rule in self.knowledge.rules:
            for key in dict.fromkeys((slot.entity, slot.attribute) for slot in slots(rule)):
                found.setdefault(key, []).append(rule.id)
        return found

    def readers(self, key: Key, value: str | None = None) -> list[str]:
        """Return who reads an attribute, or names one of its values, each once."""
        return list(dict.fromkeys(u.user for u in self._by_key.get(key, ()) if value is None or value in u.values))

    def unread(self, key: Key) -> list[str]:
        """Return the values of an attribute that nobody names, none where somebody reads whatever it holds."""
        attribute = self.knowledge.vocabulary.attribute(*key)
        own = self._by_key.get(key, ())
        if attribute is None or any(use.whole for use in own):
            return []
        return [value for value in attribute.values if not any(value in use.values for use in own)]

    def figure_readers(self, name: str) -> list[str]:
        """Return who compares with a figure."""
        found = [rule.id for rule in self.knowledge.rules if name in _figures((*rule.when, *rule.unless))]
        for card in self.knowledge.scorecards.values():
            found += [card.name for _, rows in card.factors for row in rows if name in _figures(row.condition)]
        for decision in self.knowledge.decisions:
            limits = [band.below for beside in decision.beside for band in beside.bands]
            found += [f"the decision {decision.name}" for limit in limits if isinstance(limit, FigureRef) and limit.name == name]
        return list(dict.fromkeys(found))


def slots(rule: Rule) -> Iterator[Slot]:
    """Yield the slots of a rule's texts."""
    for text in texts(rule):
        yield from text.slots


def texts(rule: Rule) -> Iterator[Text]:
    """Yield the texts of a rule's effects."""
    for effect in rule.then:
        yield from (t for t in ((effect.text, effect.whom) if isinstance(effect, Line) else (effect.say,)) if t)


def prose(rule: Rule) -> str:
    """Return all that a rule says to people, title and reason first."""
    said = ["".join(part if isinstance(part, str) else " " for part in text.parts) for text in texts(rule)]
    return "\n".join([rule.title, rule.why, *said])


def topic(rule: Rule) -> str:
    """Return the topic under which a rule is kept: the name of its file."""
    return Path(rule.place.source.file).stem


def figures_of(rule: Rule) -> list[str]:
    """Return the figures that a rule compares with or prints, each once."""
    printed = [slot.attribute for slot in slots(rule) if slot.name == "figures"]
    return list(dict.fromkeys([*_figures((*rule.when, *rule.unless)), *printed]))


def _needs(rule: Rule) -> Iterator[Condition]:
    for line in rule.lines:
        yield from line.needs


def _figures(conditions: Iterable[Condition]) -> list[str]:
    return [o.name for condition in walk(conditions) for o in operands(condition) if isinstance(o, FigureRef)]


def _uses(user: str, conditions: Iterable[Condition]) -> Iterator[Use]:
    for condition in walk(conditions):
        for pattern, tests in patterns(condition):
            for test in tests:
                if test.attribute != "name":
                    joined = any(isinstance(option, Ref) for option in test.options)
                    yield Use(user, (pattern.entity, test.attribute), frozenset(o for o in test.options if isinstance(o, str)), joined)
        for operand in operands(condition):
            if isinstance(operand, Ref) and operand.attribute != "name":
                yield Use(user, operand.key, whole=True)
            elif isinstance(operand, FigureRef) and operand.by:
                yield Use(user, operand.by, whole=True)
        if isinstance(condition, Settled):
            yield Use(user, condition.target.key)


def _uses_of_decision(decision: Decision) -> Iterator[Use]:
    user = f"the decision {decision.name}"
    yield from _uses(user, decision.unless)
    for ref, options in decision.follows:
        yield Use(user, ref.key, frozenset(options))
    for beside in decision.beside:
        yield Use(user, beside.target.key)
    for ref, choices in (pair for shown in decision.shown for pair in shown.when):
        yield Use(user, ref.key, frozenset(choices))


def _uses_of_route(route: Route) -> Iterator[Use]:
    for ref in (route.stage, route.band, *([route.deadline] if route.deadline else [])):
        yield Use("the route", ref.key, whole=True)
    for activity in (a for stage in route.stages for a in stage.activities):
        yield from _uses(f"route {activity.id}", (*activity.says.when, *activity.says.needs))
    for end in route.ends:
        yield from _uses("the route", end.when)


def _uses_of_outlines(outlines: Outlines) -> Iterator[Use]:
    yield Use("the outlines", outlines.decision, whole=True)
    for where, conditions in outlines.conditions():
        yield from _uses(where, conditions)
    for where, sentence, _ in outlines.sentences():
        yield from _uses(where, (*sentence.when, *sentence.needs))
    for section in (s for part in outlines.parts for s in part.sections):
        yield from (Use(f"section {section.id}", ref.key) for ref in section.draws)
    for column in (c for grid in outlines.grids for c in grid.columns):
        yield from (Use(f"column {column.id}", ref.key) for ref in column.draws)
