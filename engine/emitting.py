"""Writes conditions as Python expressions over rows held as lists: true exactly where the conditions are known to hold.

The reference (`evaluating`) says what a condition means; a test that is unknown does not hold, which is all that firing
has to know of three values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .conditions import (
    AnyOf,
    Condition,
    Count,
    CountRef,
    Every,
    FigureRef,
    No,
    Operand,
    Pattern,
    Ref,
    Settled,
    Test,
    named_counts,
    operands,
    walk,
)
from .rules import Knowledge

_READ = (Ref, FigureRef, CountRef)
SIGNS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}


class Emitter:
    """Writes expressions; `fetched` and `constants` are the variables that they refer to.

    `looped` are the names whose rows a surrounding loop has bound: what is joined to one of them is looked up in an
    index (`indexes`) instead of walked through.
    """

    def __init__(self, knowledge: Knowledge):
        self.vocabulary = knowledge.vocabulary
        self.figures = knowledge.figures
        self.singles = {e.name: e.name for e in self.vocabulary.entities.values() if not e.many}
        self.constants: dict[str, Any] = {}
        self.fetched: dict[str, str] = {}
        self.looped: set[str] = set()
        self.indexes: dict[str, str] = {}
        self.fresh = 0

    def var(self, name: str) -> str:
        """Return the variable of a name, which meets no keyword and none of ours."""
        if name in self.singles:
            self.fetched[f"{name}_"] = f"_frame[{name!r}][0]"
        return f"{name}_"

    @staticmethod
    def tally(name: str) -> str:
        """Return the variable of a count, which meets no row of another rule in the same loop."""
        return f"{name}_n"

    def rows(self, entity: str) -> str:
        self.fetched[f"{entity}_rows"] = f"_frame[{entity!r}]"
        return f"{entity}_rows"

    def constant(self, value: object) -> str:
        name = f"_c{len(self.constants)}"
        self.constants[name] = value
        return name

    def slot(self, entity: str, attribute: str) -> int:
        return self.vocabulary.slots[entity][attribute]

    def all(self, conditions: Sequence[Condition], bound: Mapping[str, str]) -> str:
        """Return whether a list holds for some choice of rows for the names that it makes."""
        names = made_names(conditions, bound)
        inner = {**bound, **names}
        tests = [f"(({self.tally(c.name)} := {self.number(c, inner)}) >= 0)" for c in named_counts(conditions)]
        tests += [text for c in conditions if (text := self.step(c, inner))]
        held = " and ".join(tests) or "True"
        if not names:
            return f"({held})"
        loops = " ".join(f"for {self.var(name)} in {self.rows(entity)}" for name, entity in names.items())
        return f"any({held} {loops})"

    def step(self, condition: Condition, bound: Mapping[str, str]) -> str:
        """Return a condition of a list; a count whose number is in its variable already is not taken again."""
        if isinstance(condition, Count) and condition.name:
            return self._bounds(self.tally(condition.name), condition.bounds)
        return self._condition(condition, bound)

    def number(self, condition: Count, bound: Mapping[str, str]) -> str:
        found = self._found(condition.pattern, bound)
        return f"len({found})"

    def _condition(self, condition: Condition, bound: Mapping[str, str]) -> str:
        if isinstance(condition, Pattern):
            return self._tests(condition.tests, condition.entity, self.var(condition.name))
        if isinstance(condition, No):
            return f"not {self._found(condition.pattern, bound)}"
        if isinstance(condition, Every):
            row = self._row(condition.pattern)
            passed = self._tests(condition.tests, condition.pattern.entity, row) or "True"
            return f"bool(_m := {self._found(condition.pattern, bound, row, passed)}) and all(_m)"
        if isinstance(condition, Count):
            return self._bounds(self.number(condition, bound), condition.bounds)
        if isinstance(condition, AnyOf):
            return "(" + " or ".join(self.all(choice, bound) for choice in condition.choices) + ")"
        if isinstance(condition, Settled):
            target = condition.target
            strength = f"{self.var(target.name)}[{self.slot(target.entity, target.attribute + '!')}]"
            if condition.by:
                return f"{strength} in {self.constant(frozenset(condition.by))}"
            return f"{strength} is {'not ' if condition.stands else ''}None"
        raise AssertionError("what waits for the open questions is never compiled")

    # --- rows seen afresh

    def _row(self, pattern: Pattern) -> str:
        self.fresh += 1
        return f"{pattern.name}_" if pattern.name else f"_r{self.fresh}"

    def _found(self, pattern: Pattern, bound: Mapping[str, str], row: str = "", gives: str = "") -> str:
        """Return what each row that passes a pattern gives, as a list (or the rows, where none need be looked into)."""
        row = row or self._row(pattern)
        source, tests = self.source(pattern, pattern.tests, bound)
        held = self._tests(tests, pattern.entity, row)
        if not held and not gives:
            return source
        return f"[{gives or 0} for {row} in {source}{' if ' if held else ''}{held}]"

    def source(self, pattern: Pattern, tests: Sequence[Test], bound: Mapping[str, str]) -> tuple[str, Sequence[Test]]:
        """Return the rows to walk through and the tests still to be made: joined rows come out of an index."""
        for test in tests:
            key = self._join(pattern.entity, test)
            if key is not None and key.name in self.looped and key.name in bound and key.name != pattern.name:
                return self.joined(pattern.entity, test.attribute, key), [t for t in tests if t is not test]
        return self.rows(pattern.entity), tests

    def joined(self, entity: str, attribute: str, key: Ref) -> str:
        """Return the rows whose attribute is another's, looked up."""
        at = self.slot(entity, attribute)
        index = f"_by_{entity}_{at}"
        self.fetched["_seen"] = "{}"
        self.indexes[index] = f"_index(_seen, {entity!r}, {at}, {self.rows(entity)})"
        return f"{index}.get({self.var(key.name)}[{self.slot(key.entity, key.attribute)}], ())"

    def _join(self, entity: str, test: Test) -> Ref | None:
        """Return the other side of a test that demands one value and finds it in another row."""
        if len(test.options) != 1 or test.negated or test.or_unknown or test.bounds:
            return None
        other = test.options[0]
        attribute = self.vocabulary.attribute(entity, test.attribute)
        if not isinstance(other, Ref) or self._takes_many(other) or (attribute is not None and attribute.takes_many):
            return None
        return other

    def join_at(self, condition: Condition, name: str) -> tuple[str, str, Ref] | None:
        """Return how a single test joins the row called `name` to one bound before: entity, attribute, and the other side."""
        if not isinstance(condition, Pattern) or len(condition.tests) != 1:
            return None
        other = self._join(condition.entity, condition.tests[0])
        if other is None or other.name == condition.name:
            return None
        here = Ref(condition.name, condition.tests[0].attribute, condition.entity)
        for near, far in ((here, other), (other, here)):
            if near.name == name and far.name in self.looped:
                return near.entity, near.attribute, far
        return None

    # --- tests on one row

    def _tests(self, tests: Sequence[Test], entity: str, row: str) -> str:
        return " and ".join(self._test(test, entity, row) for test in tests)

    def _test(self, test: Test, entity: str, row: str) -> str:
        value = f"{row}[{self.slot(entity, test.attribute)}]"
        if test.bounds:
            return f"{value} is not None and {self._bounds(value, test.bounds)}"
        options = [self._constant_of(o) for o in test.options]
        fixed = [o for o in options if not isinstance(o, _READ)]
        read = [(self._operand(o), o) for o in options if isinstance(o, _READ)]
        attribute = self.vocabulary.attribute(entity, test.attribute)
        if attribute is not None and attribute.takes_many:
            return self._many(test, value, fixed, read)
        among = [f"{value} {'not ' if test.negated else ''}in {self.constant(frozenset(fixed))}"] if len(fixed) > 1 else [
            f"{value} {'!=' if test.negated else '=='} {option!r}" for option in fixed
        ]  # fmt: skip
        if test.negated:
            others = [f"{other} is not None and not ({self._alike(value, other, o)})" for other, o in read]
            return f"({' and '.join([f'{value} is not None', *among, *others])})"
        unknown = [f"{value} is None"] if test.or_unknown else []
        others = [f"({value} is not None and {self._alike(value, other, o)})" for other, o in read]
        parts = [*unknown, *among, *others]
        return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"

    def _takes_many(self, operand: Operand) -> bool:
        attribute = self.vocabulary.attribute(operand.entity, operand.attribute) if isinstance(operand, Ref) else None
        return attribute is not None and attribute.takes_many

    def _alike(self, value: str, other: str, operand: Operand) -> str:
        """Return whether a value is another's, or among what another decision took."""
        return f"{value} in ({other} or ())" if self._takes_many(operand) else f"{value} == {other}"

    def _many(self, test: Test, value: str, fixed: list[Any], read: Sequence[tuple[str, Operand]]) -> str:
        """Return a test on a decision that takes many: its value is what was taken, in order."""
        taken = [f"{f!r} in {value}" for f in fixed]
        taken += [f"any(_o in {value} for _o in {other} or ())" if self._takes_many(o) else f"{other} in {value}" for other, o in read]
        if test.negated:
            known = [f"{other} is not None" for other, _ in read]
            return "(" + " and ".join([f"{value} is not None", *known, *(f"not ({t})" for t in taken)]) + ")"
        held = " or ".join(taken) or "False"
        return f"({value} is None)" if test.or_unknown and not taken else (
            f"({value} is None or {held})" if test.or_unknown else f"({value} is not None and ({held}))"
        )  # fmt: skip

    def _bounds(self, value: str, bounds: Sequence[tuple[str, Operand]]) -> str:
        parts = []
        for word, operand in bounds:
            operand = self._constant_of(operand)
            limit = self._operand(operand)
            known = f"{limit} is not None and " if isinstance(operand, Ref | FigureRef) else ""
            parts.append(f"{known}{value} {SIGNS[word]} {limit}")
        return " and ".join(parts)

    def _constant_of(self, operand: Operand) -> Operand:
        """Return a figure that is one number as that number."""
        if isinstance(operand, FigureRef) and operand.by is None:
            return self.figures[operand.name].value  # type: ignore[return-value]
        return operand

    def _operand(self, operand: Operand) -> str:
        if isinstance(operand, Ref):
            return f"{self.var(operand.name)}[{self.slot(operand.entity, operand.attribute)}]"
        if isinstance(operand, CountRef):
            return self.tally(operand.name)
        if not isinstance(operand, FigureRef):
            return repr(operand)
        figure = self.figures[operand.name]
        assert figure.by is not None
        entity, name = figure.by
        return f"{self.constant(figure.value)}.get({self.var(entity)}[{self.slot(entity, name)}])"


def made_names(conditions: Sequence[Condition], bound: Mapping[str, str]) -> dict[str, str]:
    """Return the names that the patterns of a list make, with their entities, in the order they stand."""
    return {c.name: c.entity for c in conditions if isinstance(c, Pattern) and c.name not in bound}


def mentioned(condition: Condition) -> set[str]:
    """Return every name that a condition speaks of, those it makes itself included."""
    found = {operand.name for c in walk((condition,)) for operand in operands(c) if isinstance(operand, Ref)}
    found |= {c.name for c in walk((condition,)) if isinstance(c, Pattern)}
    return found | {c.target.name for c in walk((condition,)) if isinstance(c, Settled)}


def counted(condition: Condition) -> set[str]:
    """Return the counts that a condition reads."""
    return {operand.name for c in walk((condition,)) for operand in operands(c) if isinstance(operand, CountRef)}
