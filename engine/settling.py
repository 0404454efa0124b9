"""Settles decisions and derived facts: by strength, then by the declared order of the options. What lost is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .rules import STRENGTHS, Decision
from .terms import Value
from .world import WorldRow

Option = Value


@dataclass(frozen=True)
class Firing:
    """A rule with the rows that satisfied it, by name, entity and place in its list, and the counts it took."""

    rule: str
    rows: tuple[tuple[str, WorldRow], ...] = ()
    counts: tuple[tuple[str, int], ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        return (self.rule, tuple((name, row.entity, row.index) for name, row in self.rows))


@dataclass(frozen=True)
class Cast:
    """A vote as it was cast: by effect `effect` of a firing, for one row of a decision settled per row, or for all."""

    firing: Firing
    effect: int
    strength: str
    option: Option
    row: WorldRow | None = None
    first: bool = False
    others: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        return (STRENGTHS.index(self.strength), *self.firing.key, self.effect)


@dataclass(frozen=True)
class Lost:
    """A vote that did not carry, and what beat it: the rules whose votes did, or who spoke against it."""

    cast: Cast
    beaten_by: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How a decision came out: its options in order, the votes that carried them, those that lost, who came second.

    `strength` is the strength of the carrying vote, None where no option stands (`choices` is empty) or only a fallback
    spoke; `voted` are all options that anybody spoke for.
    """

    choices: tuple[Option, ...] = ()
    strength: str | None = None
    carried: tuple[Cast, ...] = ()
    lost: tuple[Lost, ...] = ()
    runner_up: Option | None = None
    voted: frozenset[Option] = frozenset()

    @property
    def choice(self) -> Option | None:
        return self.choices[0] if self.choices else None


@dataclass(frozen=True)
class Settling:
    """The outcome for the whole and, for a decision settled per row, for each row."""

    whole: Outcome
    per_row: tuple[tuple[WorldRow, Outcome], ...] = ()

    def value(self, decision: Decision, outcome: Outcome) -> object:
        """Return the outcome as facts hold it."""
        if decision.choose == "one":
            return outcome.choice
        return tuple(outcome.choices) if outcome.choices else None


@dataclass(frozen=True)
class Opposed:
    """Somebody speaks against an option, for one row or for all."""

    firing: Firing
    option: Option
    row: WorldRow | None = None


def settled(decision: Decision, casts: Sequence[Cast], opposed: Sequence[Opposed], order: Sequence[str]) -> Outcome:
    """Return the outcome of the votes that concern one settling; `order` is the order of the options."""
    casts = sorted(casts, key=lambda c: c.key)
    rank = _ranking(decision, order)
    against: dict[Option, list[str]] = {}
    for entry in sorted(opposed, key=lambda o: o.firing.key):
        against.setdefault(entry.option, []).append(entry.firing.rule)
    taken = [c for c in casts if c.strength in ("default", "advise") and c.option in against]
    standing = [c for c in casts if c not in taken and c.strength != "fallback"]
    fallbacks = [c for c in casts if c.strength == "fallback"]
    lost = [Lost(c, tuple(sorted(set(against[c.option])))) for c in taken]
    voted = frozenset(c.option for c in casts)
    if decision.choose == "one":
        return _one(standing, fallbacks, lost, rank, voted)
    return _many(decision, standing, fallbacks, lost, rank, voted)


def _ranking(decision: Decision, order: Sequence[str]) -> Callable[[Option], object]:
    if decision.settle:
        sign = 1 if decision.settle == "lowest" else -1
        return lambda option: sign * option
    places = {option: i for i, option in enumerate(order)}
    return lambda option: places.get(str(option), len(places))


def _best(casts: Sequence[Cast], rank: Callable[[Option], object]) -> Option:
    strongest = min(STRENGTHS.index(c.strength) for c in casts)
    return min((c.option for c in casts if STRENGTHS.index(c.strength) == strongest), key=rank)  # type: ignore[arg-type]


def _one(
    standing: list[Cast], fallbacks: list[Cast], lost: list[Lost], rank: Callable[[Option], object], voted: frozenset[Option]
) -> Outcome:
    pool = standing or fallbacks
    if not pool:
        return Outcome(lost=tuple(lost), voted=voted)
    choice = _best(pool, rank)
    carried = [c for c in pool if c.option == choice]
    strength = carried[0].strength
    winners = tuple(sorted({c.firing.rule for c in carried if c.strength == strength}))
    others = [c for c in pool if c.option != choice]
    lost += [Lost(c, winners) for c in others]
    if standing:
        lost += [Lost(c, winners) for c in fallbacks if c.option != choice]
    second = _best(others, rank) if others else None
    return Outcome((choice,), strength if standing else None, tuple(carried), tuple(lost), second, voted)


def _many(
    decision: Decision, standing: list[Cast], fallbacks: list[Cast], lost: list[Lost],
    rank: Callable[[Option], object], voted: frozenset[Option],
) -> Outcome:  # fmt: skip
    pool = standing or fallbacks
    if not pool:
        return Outcome(lost=tuple(lost), voted=voted)
    first = {c.option for c in pool if c.first}
    options = sorted({c.option for c in pool}, key=lambda o: (o not in first, rank(o)))
    if decision.choose == "main_and_more":
        speaking = [c for c in pool if c.strength != "advise"]
        main = _best(speaking, rank) if speaking else options[0]
        options = [main, *(o for o in options if o != main)]
    strongest = [c.strength for c in pool if c.option == options[0]]
    strength = min(strongest, key=STRENGTHS.index) if standing else None
    if standing:
        winners = tuple(sorted({c.firing.rule for c in standing}))
        lost += [Lost(c, winners) for c in fallbacks if c.option not in options]
    return Outcome(tuple(options), strength, tuple(pool), tuple(lost), None, voted)
