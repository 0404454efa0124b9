"""Turns rules into plain Python loops over rows held as lists. A rule is compiled when it is first looked at.

The reference (`evaluating`) says what a rule means; what is compiled here says only for which rows it fires. A test that
is unknown does not hold, which is all that firing has to know of three values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

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
from .rules import Knowledge, Rule
from .settling import Firing
from .world import Frame

Fire = Callable[[Frame], list[Firing]]
_READ = (Ref, FigureRef, CountRef)
SIGNS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}


class RuleFailed(Exception):
    """A rule could not be worked out: a mistake of ours, with the rule and the facts it happened on."""


def compiled(rule: Rule, knowledge: Knowledge) -> Fire:
    """Return the function that gives a rule's firings on a frame, in the order of its names and of the rows."""
    emitter = _Emitter(knowledge, rule.id, rule.when, rule.unless)
    return cast(Fire, _built(emitter.firing(), emitter.constants, f"<rule {rule.id}>"))


def holding(conditions: Sequence[Condition], knowledge: Knowledge) -> Callable[[Frame], bool]:
    """Return the function that says whether a list of conditions is known to hold for some choice of rows."""
    emitter = _Emitter(knowledge, "", conditions, ())
    return cast(Callable[[Frame], bool], _built(emitter.test(), emitter.constants, "<conditions>"))


def _built(source: str, constants: Mapping[str, Any], name: str) -> Any:
    space: dict[str, Any] = {"_Firing": partial(Firing._make), **constants}
    exec(compile(source, name, "exec"), space)
    return space["_function"]


class _Emitter:
    """Writes the Python of one rule, or of one list of conditions; `constants` are what the text refers to."""

    def __init__(self, knowledge: Knowledge, rule_id: str, when: Sequence[Condition], unless: Sequence[Condition]):
        self.vocabulary = knowledge.vocabulary
        self.figures = knowledge.figures
        self.rule_id = rule_id
        self.when = when
        self.unless = unless
        self.singles = {e.name: e.name for e in self.vocabulary.entities.values() if not e.many}
        self.constants: dict[str, Any] = {"_id": rule_id}
        self.fresh = 0

    def test(self) -> str:
        """Return the text of a function that says whether the conditions hold."""
        return "\n".join(["def _function(_frame):", *self._single_rows(), f"    return bool({self._all(self.when, self.singles)})"])

    def firing(self) -> str:
        """Return the text of a function that gives the firings: a loop for each name, each test as early as it can stand."""
        names = _names(self.when, self.singles)
        steps = self._steps(self.when, list(names))
        bound = dict(self.singles)
        lines = ["def _function(_frame):", "    _found = []", *self._single_rows()]
        pad = "    "
        for depth in range(len(names) + 1):
            if depth:
                name = list(names)[depth - 1]
                lines.append(f"{pad}for {_var(name)} in _frame[{names[name]!r}]:")
                bound[name] = names[name]
                pad += "    "
            for count in named_counts(steps[depth]):
                lines.append(f"{pad}{_var(count.name)} = {self._number(count, bound)}")
            tests = [text for condition in steps[depth] if (text := self._step(condition, bound))]
            if depth == len(names) and self.unless:
                tests.append(f"not ({self._all(self.unless, bound)})")
            if tests:
                lines.append(f"{pad}if {' and '.join(tests)}:")
                pad += "    "
        rows = "".join(f"({name!r}, {_var(name)}[0])," for name in names)
        counts = "".join(f"({c.name!r}, {_var(c.name)})," for c in self.when if isinstance(c, Count) and c.name)
        lines += [f"{pad}_found.append(_Firing((_id, ({rows}), ({counts}))))", "    return _found"]
        return "\n".join(lines)

    def _single_rows(self) -> list[str]:
        """Return a line for each entity with one row that the conditions look at."""
        conditions = list(walk((*self.when, *self.unless)))
        used = {name for condition in conditions for name in _mentioned(condition)}
        used |= {o.by[0] for c in conditions for o in operands(c) if isinstance(o, FigureRef) and o.by}
        return [f"    {_var(name)} = _frame[{name!r}][0]" for name in self.singles if name in used]

    # --- where a condition can stand: as early as the names that it speaks of are bound

    def _steps(self, conditions: Sequence[Condition], names: list[str]) -> list[list[Condition]]:
        """Return the conditions by depth of loop, the patterns of one row split into single tests."""
        depth_of = {name: i + 1 for i, name in enumerate(names)}
        counts = {c.name: c for c in conditions if isinstance(c, Count) and c.name}

        def depth(condition: Condition) -> int:
            found = [depth_of.get(n, 0) for n in _mentioned(condition)]
            found += [depth(counts[n]) for n in _counted(condition) if n in counts and counts[n] is not condition]
            return max(found, default=0)

        steps: list[list[Condition]] = [[] for _ in range(len(names) + 1)]
        for condition in conditions:
            if isinstance(condition, Pattern):
                for test in condition.tests:
                    single = Pattern(condition.entity, condition.name, (test,), condition.place)
                    steps[depth(single)].append(single)
            else:
                steps[depth(condition)].append(condition)
        cheap = {Pattern: 0, Settled: 1}
        return [sorted(step, key=lambda c: cheap.get(type(c), 2)) for step in steps]

    def _step(self, condition: Condition, bound: Mapping[str, str]) -> str:
        if isinstance(condition, Count) and condition.name:
            return self._bounds(_var(condition.name), condition.bounds, bound)
        return self._condition(condition, bound)

    # --- conditions as expressions, true exactly where they are known to hold

    def _all(self, conditions: Sequence[Condition], bound: Mapping[str, str]) -> str:
        """Return whether a list holds for some choice of rows for the names that it makes."""
        names = _names(conditions, bound)
        inner = {**bound, **names}
        counts = named_counts(conditions)
        tests = [f"(({_var(c.name)} := {self._number(c, inner)}) >= 0)" for c in counts]
        tests += [text for c in conditions if (text := self._step(c, inner))]
        held = " and ".join(tests) or "True"
        if not names:
            return f"({held})"
        loops = " ".join(f"for {_var(name)} in _frame[{entity!r}]" for name, entity in names.items())
        return f"any({held} {loops})"

    def _condition(self, condition: Condition, bound: Mapping[str, str]) -> str:
        if isinstance(condition, Pattern):
            return self._tests(condition.tests, condition.entity, _var(condition.name), bound)
        if isinstance(condition, No):
            row, inner = self._row(condition.pattern, bound)
            test = self._tests(condition.pattern.tests, condition.pattern.entity, row, inner) or "True"
            return f"not any({test} for {row} in _frame[{condition.pattern.entity!r}])"
        if isinstance(condition, Every):
            row, inner = self._row(condition.pattern, bound)
            entity = condition.pattern.entity
            meant = self._tests(condition.pattern.tests, entity, row, inner) or "True"
            passed = self._tests(condition.tests, entity, row, inner) or "True"
            return f"bool(_m := [{passed} for {row} in _frame[{entity!r}] if {meant}]) and all(_m)"
        if isinstance(condition, Count):
            return self._bounds(self._number(condition, bound), condition.bounds, bound)
        if isinstance(condition, AnyOf):
            return "(" + " or ".join(self._all(choice, bound) for choice in condition.choices) + ")"
        if isinstance(condition, Settled):
            strength = f"{_var(condition.target.name)}[{self.vocabulary.slots[condition.target.entity][condition.target.attribute + '!']}]"
            if condition.by:
                return f"{strength} in {self._constant(frozenset(condition.by))}"
            return f"{strength} is {'not ' if condition.stands else ''}None"
        raise AssertionError(f"{self.rule_id} waits for the open questions and is never compiled")

    def _row(self, pattern: Pattern, bound: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """Return the variable of a row seen afresh, and the names that its tests may refer to."""
        self.fresh += 1
        row = _var(pattern.name) if pattern.name else f"_r{self.fresh}"
        return row, {**bound, **({pattern.name: pattern.entity} if pattern.name else {})}

    def _number(self, condition: Count, bound: Mapping[str, str]) -> str:
        row, inner = self._row(condition.pattern, bound)
        test = self._tests(condition.pattern.tests, condition.pattern.entity, row, inner)
        if not test:
            return f"len(_frame[{condition.pattern.entity!r}])"
        return f"sum(1 for {row} in _frame[{condition.pattern.entity!r}] if {test})"

    def _tests(self, tests: Sequence[Test], entity: str, row: str, bound: Mapping[str, str]) -> str:
        return " and ".join(self._test(test, entity, row, bound) for test in tests)

    def _test(self, test: Test, entity: str, row: str, bound: Mapping[str, str]) -> str:
        value = f"{row}[{self.vocabulary.slots[entity][test.attribute]}]"
        if test.bounds:
            return f"{value} is not None and {self._bounds(value, test.bounds, bound)}"
        options = [self._constant_of(o) for o in test.options]
        fixed = [o for o in options if not isinstance(o, _READ)]
        read = [(self._operand(o), o) for o in options if isinstance(o, _READ)]
        attribute = self.vocabulary.attribute(entity, test.attribute)
        if attribute is not None and attribute.takes_many:
            return self._many(test, value, fixed, read)
        if test.negated:
            parts = [f"{value} is not None"]
            parts += [f"{value} not in {self._constant(frozenset(fixed))}"] if len(fixed) > 1 else [f"{value} != {f!r}" for f in fixed]
            parts += [f"{other} is not None and not ({self._alike(value, other, o)})" for other, o in read]
            return f"({' and '.join(parts)})"
        parts = [f"{value} is None"] if test.or_unknown else []
        parts += [f"{value} in {self._constant(frozenset(fixed))}"] if len(fixed) > 1 else [f"{value} == {f!r}" for f in fixed]
        parts += [f"({value} is not None and {self._alike(value, other, o)})" for other, o in read]
        return f"({' or '.join(parts)})"

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

    def _bounds(self, value: str, bounds: Sequence[tuple[str, Operand]], bound: Mapping[str, str]) -> str:
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
            return f"{_var(operand.name)}[{self.vocabulary.slots[operand.entity][operand.attribute]}]"
        if isinstance(operand, CountRef):
            return _var(operand.name)
        if not isinstance(operand, FigureRef):
            return repr(operand)
        figure = self.figures[operand.name]
        assert figure.by is not None
        entity, name = figure.by
        return f"{self._constant(figure.value)}.get({_var(entity)}[{self.vocabulary.slots[entity][name]}])"

    def _constant(self, value: object) -> str:
        name = f"_c{len(self.constants)}"
        self.constants[name] = value
        return name


def _var(name: str) -> str:
    """Return a name as a variable that meets no keyword and none of ours."""
    return f"{name}_"


def _names(conditions: Sequence[Condition], bound: Mapping[str, str]) -> dict[str, str]:
    """Return the names that the patterns of a list make, with their entities, in the order they stand."""
    return {c.name: c.entity for c in conditions if isinstance(c, Pattern) and c.name not in bound}


def _mentioned(condition: Condition) -> set[str]:
    """Return every name that a condition speaks of, those it makes itself included."""
    found = {operand.name for c in walk((condition,)) for operand in operands(c) if isinstance(operand, Ref)}
    found |= {c.name for c in walk((condition,)) if isinstance(c, Pattern)}
    return found | {c.target.name for c in walk((condition,)) if isinstance(c, Settled)}


def _counted(condition: Condition) -> set[str]:
    """Return the counts that a condition reads."""
    return {operand.name for c in walk((condition,)) for operand in operands(c) if isinstance(operand, CountRef)}


def gate(rule: Rule, knowledge: Knowledge) -> tuple[str, int, frozenset[Any]] | None:
    """Return the test on a single row that lets the fewest values through (entity, place, values), None where there is none.

    A rule need not be looked at while that test fails.
    """
    best: tuple[float, tuple[str, int, frozenset[Any]]] | None = None
    for condition in rule.when:
        if not isinstance(condition, Pattern) or knowledge.vocabulary.entities[condition.entity].many:
            continue
        for test in condition.tests:
            attribute = knowledge.vocabulary.attribute(condition.entity, test.attribute)
            if attribute is None or attribute.takes_many or attribute.numeric or test.bounds:
                continue
            if any(isinstance(o, Ref | FigureRef | CountRef) for o in test.options):
                continue
            passing: frozenset[Any] = frozenset(set(attribute.values) - set(test.options) if test.negated else test.options)
            passing |= {None} if test.or_unknown else frozenset()
            share = (len(passing) + 2 * test.or_unknown) / len(attribute.values)
            if best is None or share < best[0]:
                place = knowledge.vocabulary.slots[condition.entity][test.attribute]
                best = (share, (condition.entity, place, passing))
    return best[1] if best else None
