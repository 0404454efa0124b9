"""Says in plain words what a rule asks and what it does: the rule itself, apart from any case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .conditions import AnyOf, Condition, Count, CountRef, Every, FigureRef, No, OpenQuestions, Operand, Pattern, Ref, Test
from .rules import Against, Effect, Knowledge, Line, ScoreRef, Vote
from .terms import Attribute, Value
from .texts import Slot, Text
from .wording import either, listed, measured

SPEAKS = {
    "law": "By law", "veto": "By veto", "must": "Must be", "default": "By default", "advise": "As well",
    "fallback": "Where nothing else speaks",
}  # fmt: skip
SAYS = {
    "law": "Law", "veto": "Veto", "must": "Must", "advise": "Advice", "warn": "Warning", "ask": "Question",
    "fallback": "Where nothing stands",
}  # fmt: skip


@dataclass(frozen=True)
class Phrase:
    """A sentence, and below it what belongs to it."""

    text: str
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.text, *(f"({note})" for note in self.notes)])


@dataclass
class Phrasing:
    """Says conditions and effects with the words of a knowledge base."""

    knowledge: Knowledge

    # --- conditions

    def conditions(self, conditions: Sequence[Condition]) -> list[Phrase]:
        """Return a phrase for each condition; a row is introduced where it is first asked about."""
        met: set[str] = set()
        return [self._condition(condition, met) for condition in conditions]

    def _condition(self, condition: Condition, met: set[str]) -> Phrase:
        if isinstance(condition, AnyOf):
            choices = [" and ".join(str(self._condition(c, inner)) for c in choice) for choice in condition.choices for inner in [set(met)]]
            return Phrase("at least one of these holds:", tuple(choices))
        if isinstance(condition, Pattern):
            return Phrase(self._pattern(condition, met))
        if isinstance(condition, No):
            return Phrase(f"no {condition.pattern.entity} is recorded{self._whose(condition.pattern)}")
        if isinstance(condition, Every):
            meant = f"{condition.pattern.entity} is recorded{self._whose(condition.pattern)}"
            return Phrase(f"at least one {meant}, and of every such one {self._tests(condition.pattern.entity, condition.tests)}")
        if isinstance(condition, Count):
            return Phrase(self._count(condition))
        if isinstance(condition, OpenQuestions):
            return Phrase(f"the number of open questions is {self._bounds(condition.bounds, None)}")
        what = self._of(condition.target)
        if not condition.stands:
            return Phrase(f"no option stands for {what}")
        by = f", carried by {either(condition.by)}" if condition.by else ""
        return Phrase(f"an option stands for {what}{by}")

    def _pattern(self, pattern: Pattern, met: set[str]) -> str:
        entity = self.knowledge.vocabulary.entities[pattern.entity]
        if not entity.many or pattern.name in met:
            name = self._name(pattern.name)
            return f"{name}'s {self._tests(pattern.entity, pattern.tests)}" if pattern.tests else f"{name} is there"
        met.add(pattern.name)
        return f"there is {_a(pattern.entity)}{self._whose(pattern)}"

    def _whose(self, pattern: Pattern) -> str:
        """Return how a row is picked out: the name it goes by in the rule, and what is asked of it."""
        called = f", called {pattern.name}," if pattern.name not in ("", pattern.entity) else ""
        return f"{called} whose {self._tests(pattern.entity, pattern.tests)}" if pattern.tests else called.rstrip(",")

    def _count(self, condition: Count) -> str:
        entity = self.knowledge.vocabulary.entities[condition.pattern.entity]
        rows = f"{entity.many or entity.name} recorded{self._whose(condition.pattern)}"
        called = f"; it is called {condition.name}" if condition.name else ""
        if not condition.bounds:
            return f"the number of {rows}, is taken{called}"
        return f"the number of {rows}, is {self._bounds(condition.bounds, None)}{called}"

    def _tests(self, entity: str, tests: Sequence[Test]) -> str:
        said = [self.test(entity, test) for test in tests]
        return "; ".join([*said[:-1], f"and {said[-1]}"]) if len(said) > 1 else "".join(said)

    def test(self, entity: str, test: Test) -> str:
        """Return what a test asks of an attribute."""
        attribute = self.knowledge.vocabulary.attribute(entity, test.attribute)
        name = attribute.words if attribute else test.attribute
        if test.bounds:
            return f"{name} is {self._bounds(test.bounds, attribute)}"
        options = [self.operand(option, attribute) for option in test.options]
        if test.negated:
            return f"{name} is known and not {either(options)}" if options else f"{name} is known"
        return f"{name} {'includes' if attribute and attribute.takes_many else 'is'} {either(options + ['not known'] * test.or_unknown)}"

    def _bounds(self, bounds: Sequence[tuple[str, Operand]], attribute: Attribute | None) -> str:
        said = " and ".join(f"{word.replace('_', ' ')} {self._number(operand, attribute)}" for word, operand in bounds)
        unit = attribute.unit if attribute and not any(isinstance(o, Ref | CountRef) for _, o in bounds) else ""
        named = [f"figures.{o.name}" for _, o in bounds if isinstance(o, FigureRef)]
        return f"{measured(said, unit)}{f' ({listed(named)})' if named else ''}"

    def _number(self, operand: Operand, attribute: Attribute | None) -> str:
        if not isinstance(operand, FigureRef):
            return self.operand(operand, attribute)
        figure = self.knowledge.figures[operand.name]
        if not isinstance(figure.value, Mapping) or figure.by is None:
            return str(figure.value)
        by = self.knowledge.vocabulary.attribute(*figure.by)
        return f"{either(str(v) for v in figure.value.values())} by {by.words if by else figure.by[1]}"

    def operand(self, operand: Operand, attribute: Attribute | None) -> str:
        """Return what a fact is compared with."""
        if isinstance(operand, Ref):
            return f"the same as {self._of(operand)}" if attribute is None or attribute.values else self._of(operand)
        if isinstance(operand, FigureRef | CountRef):
            return operand.name
        return _label(attribute, operand) if attribute else str(operand)

    def _of(self, ref: Ref) -> str:
        attribute = self.knowledge.vocabulary.attribute(ref.entity, ref.attribute)
        return f"{self._name(ref.name)}'s {attribute.words if attribute else ref.attribute}"

    def _name(self, name: str) -> str:
        entity = self.knowledge.vocabulary.entities.get(name)
        return entity.words if entity else name

    # --- effects

    def effect(self, effect: Effect) -> Phrase:
        """Return what an effect does, and below it what goes with it."""
        if isinstance(effect, Line):
            return Phrase(f"{SAYS[effect.strength]}: {self.text(effect.text)}", self._line_notes(effect))
        said = (f"Says: {self.text(effect.say)}",) if effect.say else ()
        if isinstance(effect, Against):
            return Phrase(f"Takes the weaker votes for this off the table: {self._choice(effect.target, effect.option)}", said)
        return Phrase(f"{SPEAKS[effect.strength]}: {self._vote(effect)}", said)

    def _vote(self, vote: Vote) -> str:
        if isinstance(vote.option, ScoreRef):
            return f"{self._of(vote.target)} is the total of {vote.option.card}"
        if isinstance(vote.option, CountRef):
            return f"{self._of(vote.target)} is the number {vote.option.name}"
        first = ", ahead of the declared order" if vote.first else ""
        attribute = self.knowledge.vocabulary.attribute(vote.target.entity, vote.target.attribute)
        others = f" (else {either(_label(attribute, o) if attribute else o for o in vote.others)})" if vote.others else ""
        return f"{self._choice(vote.target, vote.option)}{others}{first}"

    def _choice(self, target: Ref, option: Value) -> str:
        attribute = self.knowledge.vocabulary.attribute(target.entity, target.attribute)
        assert attribute is not None
        return f"{self._of(target)} {'includes' if attribute.takes_many else 'is'} {_label(attribute, option)}"

    def _line_notes(self, line: Line) -> tuple[str, ...]:
        route = self.knowledge.route
        titles = {stage.name: stage.title.lower() for stage in route.stages} if route else {}
        lanes = {name: lane["title"].lower() for name, lane in route.lanes.items()} if route else {}
        notes = [f"{lanes.get(line.lane, line.lane)} lane"] if line.lane else []
        notes += [f"in the stage {titles.get(line.stage, line.stage)}"] if line.stage else []
        notes += [f"before the stage {titles.get(line.blocks, line.blocks)} can be left"] if line.blocks else []
        notes += [f"to {self.text(line.whom)}"] if line.whom else []
        notes += [f"about {self._of(line.about)}"] if line.about else []
        notes += [f"held back unless {phrase}" for phrase in self.conditions(line.needs)]
        return ("; ".join(notes),) if notes else ()

    def text(self, text: Text) -> str:
        """Return a text with its figures filled in; the other slots stand as they are written."""
        return "".join(part if isinstance(part, str) else self._slot(part) for part in text.parts)

    def _slot(self, slot: Slot) -> str:
        if slot.name == "figures" and not isinstance(value := self.knowledge.figures[slot.attribute].value, Mapping):
            return str(value)
        return "{" + ".".join(word for word in (slot.name, slot.attribute) if word) + "}"


def _label(attribute: Attribute, value: Value) -> str:
    """Return a value as people read it; an option of several words in quotes, as it may be a sentence of its own."""
    label = attribute.label(value)
    return f'"{label}"' if attribute.decided and " " in label else label


def _a(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
