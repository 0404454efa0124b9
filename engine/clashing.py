"""Finds conditions that no case can satisfy together: two tests on one fact of one row, or a row that another condition rules out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from .conditions import AnyOf, Condition, Count, Every, FigureRef, No, Operand, Pattern, Ref, Settled, Test
from .problems import Place
from .terms import Attribute, Figure, Value, Vocabulary


class Clash(NamedTuple):
    """What places ask that cannot be so, and the way out."""

    places: tuple[Place, ...]
    what: str
    help: str


_WAY = "this way of several never holds: "
_EITHER = "where either will do, write a list of values or `any`; else take one out"


class Ends(NamedTuple):
    """The numbers between two ends, either of which may be left out."""

    low: float = -math.inf
    high: float = math.inf
    without_low: bool = False
    without_high: bool = False

    def both(self, other: Ends) -> Ends:
        """Return what lies within both."""
        low, without_low = max((self.low, self.without_low), (other.low, other.without_low))
        high, with_high = min((self.high, not self.without_high), (other.high, not other.without_high))
        return Ends(low, high, without_low, not with_high)

    def holds(self, number: float) -> bool:
        above = number > self.low if self.without_low else number >= self.low
        return above and (number < self.high if self.without_high else number <= self.high)

    @property
    def empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and (self.without_low or self.without_high))


def passing(bounds: Iterable[tuple[str, Operand]], figures: Mapping[str, Figure]) -> Ends:
    """Return the numbers that pass bounds; of a figure with several values the one counts that leaves most."""
    found = Ends()
    for word, operand in bounds:
        numbers = [n for n in fixed(operand, figures) or () if isinstance(n, int | float)]
        if numbers and word in ("at_least", "above"):
            found = found.both(Ends(low=min(numbers), without_low=word == "above"))
        elif numbers:
            found = found.both(Ends(high=max(numbers), without_high=word == "below"))
    return found


def fixed(operand: Operand, figures: Mapping[str, Figure]) -> tuple[Value, ...] | None:
    """Return the values that an operand may have whatever the case, None where the case decides."""
    if isinstance(operand, FigureRef):
        value = figures[operand.name].value
        return tuple(value.values()) if isinstance(value, Mapping) else (value,)
    return (operand,) if isinstance(operand, str | int | float) else None


@dataclass(frozen=True)
class Left:
    """What a fact may still be: not known, one of `values` (None: any) within `ends` and not one of `without`."""

    unknown: bool = True
    values: frozenset[Value] | None = None
    ends: Ends = field(default_factory=Ends)
    without: frozenset[Value] = frozenset()

    def both(self, other: Left) -> Left:
        values = other.values if self.values is None else self.values if other.values is None else self.values & other.values
        return Left(self.unknown and other.unknown, values, self.ends.both(other.ends), self.without | other.without)

    @property
    def known(self) -> frozenset[Value] | None:
        """The values left, None where they cannot be counted."""
        if self.values is None:
            return None
        return frozenset(v for v in self.values if v not in self.without and (isinstance(v, str) or self.ends.holds(v)))

    @property
    def empty(self) -> bool:
        if self.unknown:
            return False
        if self.values is None:
            return self.ends.empty or (self.ends.low == self.ends.high and self.ends.low in self.without)
        return not self.known


@dataclass
class Clashing:
    """Looks for clashes with the words and figures of a knowledge base."""

    vocabulary: Vocabulary
    figures: Mapping[str, Figure]

    def clashes(self, conditions: Sequence[Condition]) -> Iterator[Clash]:
        """Yield what cannot hold together in a list of conditions; of alternatives, what each has against the rest of the list."""
        sure: list[Condition] = [c for c in conditions if not isinstance(c, AnyOf)]
        found = list(self._among(sure))
        yield from found
        if found:
            return
        for any_of in (c for c in conditions if isinstance(c, AnyOf)):
            for choice in any_of.choices:
                for clash in self.clashes([*sure, *choice]):
                    yield clash._replace(what=f"{_WAY}{clash.what.removeprefix(_WAY)}")

    def _among(self, conditions: Sequence[Condition]) -> Iterator[Clash]:
        """Yield what cannot hold together of conditions that are no alternatives."""
        nones = [c for c in conditions if isinstance(c, No)]
        everys = [c for c in conditions if isinstance(c, Every)]
        for row in _rows(conditions):
            for every in everys:
                if every.pattern.entity == row.entity and every is not row.of and self._implies(row, every.pattern.tests):
                    row = replace(row, tests=(*row.tests, *every.tests))
            yield from self._in(row)
            for none in nones:
                if none.pattern.entity == row.entity and self._implies(row, none.pattern.tests):
                    said = f"such a {row.entity} is asked for, and that there is none"
                    yield Clash((row.place, none.place), said, "take one of the two out")
        yield from _settlings(conditions)

    def _in(self, row: Asked) -> Iterator[Clash]:
        """Yield the tests on one fact of one row that cannot both pass."""
        left: dict[str, Left] = {}
        tests: dict[str, list[Test]] = {}
        for test in row.tests:
            attribute = self.vocabulary.attribute(row.entity, test.attribute)
            before, this = left.get(test.attribute, Left()), self._left(test, attribute)
            if _of_itself(test, row):
                help = "compare it with another fact, or with that of another row"
                yield Clash((test.place,), f"{row.entity}.{test.attribute} is compared with itself, so that this never holds", help)
            both = before.both(this)
            earlier = tests.setdefault(test.attribute, [])
            against = [t for t in earlier if _set_clash(t, test) or _set_clash(test, t)] if attribute and attribute.takes_many else []
            if earlier and ((both.empty and not before.empty) or against):
                alone = [t for t in earlier if self._left(t, attribute).both(this).empty]
                other = (against or alone or earlier)[0]
                many = self.vocabulary.entities[row.entity].many if row.of is None else ""
                help = f"where two {many} are meant, name one with `as`; {_EITHER}" if many else _EITHER
                yield Clash((test.place, other.place), f"no {row.entity}.{test.attribute} passes both of these tests", help)
            left[test.attribute] = both
            earlier.append(test)

    def _left(self, test: Test, attribute: Attribute | None) -> Left:
        """Return what a fact may be where a test passes."""
        every = frozenset(attribute.values) if attribute and attribute.values else None
        if test.bounds:
            return Left(False, None, passing(test.bounds, self.figures))
        found = [fixed(option, self.figures) for option in test.options]
        if attribute and attribute.takes_many:
            return Left(test.or_unknown, None if test.options or test.negated else frozenset())
        if test.negated:
            lone = [values[0] for values in found if values is not None and len(values) == 1]
            return Left(False, every, without=frozenset(lone))
        if any(values is None for values in found):
            return Left(test.or_unknown, every)
        return Left(test.or_unknown, frozenset(v for values in found for v in values or ()))

    def _implies(self, row: Asked, tests: Iterable[Test]) -> bool:
        """Return whether a row that passes its own tests plainly passes others, too."""
        return all(test in row.tests or self._follows(test, row) for test in tests)

    def _follows(self, test: Test, row: Asked) -> bool:
        attribute = self.vocabulary.attribute(row.entity, test.attribute)
        if attribute is None or not attribute.values or attribute.takes_many:
            return False
        if any(fixed(option, self.figures) is None for option in test.options):
            return False
        left = Left()
        for own in row.tests:
            if own.attribute == test.attribute:
                left = left.both(self._left(own, attribute))
        wanted = self._left(test, attribute)
        return not (left.unknown and not wanted.unknown) and left.known is not None and left.known <= (wanted.known or frozenset())


@dataclass(frozen=True)
class Asked:
    """A row that has to be there, with all the tests on it; `of` is the condition that wants it, where it is no bound row."""

    entity: str
    name: str
    place: Place = field(compare=False)
    tests: tuple[Test, ...] = ()
    of: Condition | None = None


def _rows(conditions: Iterable[Condition]) -> list[Asked]:
    """Return the rows that conditions ask for: one for each name, and one for each `every` and each `count` that wants some."""
    bound: dict[str, Asked] = {}
    others = []
    for condition in conditions:
        if isinstance(condition, Pattern):
            known = bound.get(condition.name, Asked(condition.entity, condition.name, condition.place))
            bound[condition.name] = replace(known, tests=(*known.tests, *condition.tests))
        elif isinstance(condition, Every):
            tests = (*condition.pattern.tests, *condition.tests)
            others.append(Asked(condition.pattern.entity, condition.pattern.name, condition.place, tests, condition))
        elif isinstance(condition, Count) and any(_some(word, operand) for word, operand in condition.bounds):
            others.append(Asked(condition.pattern.entity, condition.pattern.name, condition.place, condition.pattern.tests, condition))
    return [*bound.values(), *others]


def _some(word: str, operand: Operand) -> bool:
    """Return whether a bound wants at least one."""
    return isinstance(operand, int | float) and ((word == "at_least" and operand > 0) or (word == "above" and operand >= 0))


def _of_itself(test: Test, row: Asked) -> bool:
    """Return whether a test compares a fact with itself in a way that never holds."""

    def itself(operand: Operand) -> bool:
        return isinstance(operand, Ref) and (operand.name, operand.attribute) == (row.name, test.attribute)

    return (test.negated and any(map(itself, test.options))) or any(w in ("above", "below") and itself(o) for w, o in test.bounds)


def _set_clash(one: Test, other: Test) -> bool:
    """Return whether a decision that takes many cannot pass two tests: all that one wants, the other rules out."""
    return bool(one.options) and not one.negated and not one.or_unknown and other.negated and set(one.options) <= set(other.options)


def _settlings(conditions: Iterable[Condition]) -> Iterator[Clash]:
    """Yield where one decision is asked to be settled and unsettled."""
    found = [c for c in conditions if isinstance(c, Settled)]
    for condition in found:
        for other in found:
            if other.stands and not condition.stands and other.target == condition.target:
                name = f"{condition.target.name}.{condition.target.attribute}"
                yield Clash((condition.place, other.place), f"{name} cannot be both settled and unsettled", "take one of the two out")
