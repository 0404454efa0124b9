"""What a rule asks of the facts: records only; `evaluating` says when they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .problems import Place
from .terms import Value

Key = tuple[str, str]
"""An attribute by entity and name."""

BOUNDS = ("at_least", "at_most", "above", "below")


@dataclass(frozen=True)
class Ref:
    """`name.attribute`: an attribute of the row that goes by a name."""

    name: str
    attribute: str
    entity: str

    @property
    def key(self) -> Key:
        return (self.entity, self.attribute)


@dataclass(frozen=True)
class FigureRef:
    """`figures.name`, with the attribute that picks its row."""

    name: str
    by: Key | None = None


@dataclass(frozen=True)
class CountRef:
    """The number that a `count` with `as` gave."""

    name: str


Operand = Value | Ref | FigureRef | CountRef


@dataclass(frozen=True)
class Test:
    """A demand on one attribute: in or out of `options`, within `bounds`, or (`or_unknown`) not recorded."""

    attribute: str
    place: Place = field(repr=False, compare=False)
    options: tuple[Operand, ...] = ()
    negated: bool = False
    or_unknown: bool = False
    bounds: tuple[tuple[str, Operand], ...] = ()


@dataclass(frozen=True)
class Pattern:
    """Some row of an entity, called `name`, that passes every test."""

    entity: str
    name: str
    tests: tuple[Test, ...]
    place: Place = field(repr=False, compare=False)


@dataclass(frozen=True)
class No:
    """No row is known to pass."""

    pattern: Pattern
    place: Place = field(repr=False, compare=False)


@dataclass(frozen=True)
class Every:
    """At least one row is meant, and each row meant is known to pass."""

    pattern: Pattern
    tests: tuple[Test, ...]
    place: Place = field(repr=False, compare=False)


@dataclass(frozen=True)
class Count:
    """So many rows are known to pass; `name` gives the number to texts, effects and other conditions."""

    pattern: Pattern
    bounds: tuple[tuple[str, Operand], ...]
    name: str
    place: Place = field(repr=False, compare=False)


@dataclass(frozen=True)
class AnyOf:
    """At least one of the lists holds."""

    choices: tuple[tuple[Condition, ...], ...]
    place: Place = field(repr=False, compare=False)


@dataclass(frozen=True)
class Settled:
    """An option of a decision stands before fallbacks (`stands`), carried by one of `by` where given; or none does."""

    target: Ref
    stands: bool
    by: tuple[str, ...]
    place: Place = field(repr=False, compare=False)


@dataclass(frozen=True)
class OpenQuestions:
    """So many questions are open."""

    bounds: tuple[tuple[str, Operand], ...]
    place: Place = field(repr=False, compare=False)


Condition = Pattern | No | Every | Count | AnyOf | Settled | OpenQuestions


def walk(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Yield every condition of a list, those inside `any` included."""
    for condition in conditions:
        yield condition
        if isinstance(condition, AnyOf):
            for choice in condition.choices:
                yield from walk(choice)


def patterns(condition: Condition) -> Iterator[tuple[Pattern, tuple[Test, ...]]]:
    """Yield each pattern of a single condition with all the tests made on its rows."""
    if isinstance(condition, Pattern):
        yield condition, condition.tests
    elif isinstance(condition, No | Count):
        yield condition.pattern, condition.pattern.tests
    elif isinstance(condition, Every):
        yield condition.pattern, (*condition.pattern.tests, *condition.tests)


def named_counts(conditions: Iterable[Condition]) -> list[Count]:
    """Return the counts of a list that give their number a name, each after those that it reads."""
    return _counts_in_order(conditions)[0]


def circular_counts(conditions: Iterable[Condition]) -> list[Count]:
    """Return the counts of a list that wait for each other."""
    return _counts_in_order(conditions)[1]


def _counts_in_order(conditions: Iterable[Condition]) -> tuple[list[Count], list[Count]]:
    waiting = [c for c in conditions if isinstance(c, Count) and c.name]
    found: list[Count] = []
    while waiting:
        names = {c.name for c in waiting}
        ready = [c for c in waiting if not any(isinstance(o, CountRef) and o.name in names for o in operands(c))]
        if not ready:
            break
        found += ready
        waiting = [c for c in waiting if c not in ready]
    return found, waiting


def operands(condition: Condition) -> Iterator[Operand]:
    """Yield all that a condition compares with."""
    for _, tests in patterns(condition):
        for test in tests:
            yield from test.options
            yield from (operand for _, operand in test.bounds)
    if isinstance(condition, Count | OpenQuestions):
        yield from (operand for _, operand in condition.bounds)


def reads(conditions: Iterable[Condition]) -> frozenset[Key]:
    """Return every attribute that the conditions look at."""
    found: set[Key] = set()
    for condition in walk(conditions):
        for pattern, tests in patterns(condition):
            found.update((pattern.entity, test.attribute) for test in tests if test.attribute != "name")
        for operand in operands(condition):
            if isinstance(operand, Ref) and operand.attribute != "name":
                found.add(operand.key)
            elif isinstance(operand, FigureRef) and operand.by:
                found.add(operand.by)
        if isinstance(condition, Settled):
            found.add(condition.target.key)
    return frozenset(found)
