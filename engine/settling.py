"""Settles decisions and derived facts: by strength, then by the declared order of the options. What lost is kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .conditions import Key
from .rules import STRENGTHS, Decision
from .terms import Value
from .world import WorldRow

Option = Value


class Firing(NamedTuple):
    """A rule with the rows that satisfied it, by name, entity and place in its list, and the counts it took."""

    rule: str
    rows: tuple[tuple[str, WorldRow], ...] = ()
    counts: tuple[tuple[str, int], ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        return (self.rule, tuple((name, row.entity, row.index) for name, row in self.rows))


_FOLLOWS = "follows "


def following(key: Key) -> Firing:
    """Return the stand-in for a rule where a settled decision speaks on another."""
    return Firing(f"{_FOLLOWS}{'.'.join(key)}")


def followed(firing: Firing) -> Key | None:
    """Return the decision that a stand-in speaks for, None for the firing of a rule."""
    if not firing.rule.startswith(_FOLLOWS):
        return None
    entity, _, name = firing.rule.removeprefix(_FOLLOWS).partition(".")
    return entity, name


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

    @property
    def ballot(self) -> Ballot:
        return Ballot(STRENGTHS.index(self.strength), self.option, self.first)


@dataclass(frozen=True)
class Lost:
    """A vote that did not carry, and what beat it: the rules whose votes did, or (`opposed`) who spoke against it."""

    cast: Cast
    beaten_by: tuple[str, ...]
    opposed: bool = False


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


@dataclass(frozen=True)
class Opposed:
    """Somebody speaks against an option, for one row or for all."""

    firing: Firing
    option: Option
    row: WorldRow | None = None


AGAINST = -1


class Ballot(NamedTuple):
    """What counts of a vote: the place of its strength in STRENGTHS (or AGAINST), the option, and whether it comes first."""

    strength: int
    option: Option
    first: bool = False


FALLBACK = STRENGTHS.index("fallback")
_WEAK = (STRENGTHS.index("default"), STRENGTHS.index("advise"))
_ADVISE = STRENGTHS.index("advise")
Rank = Callable[[Option], Any]


def picked(choose: str, ballots: Sequence[Ballot], against: Collection[Option], rank: Rank) -> tuple[tuple[Option, ...], int | None]:
    """Return the options taken, in order, and the strength that carried them (None where only a fallback spoke, or nobody).

    `choose` is one, main_and_more or many; `against` takes away weak votes; `rank` gives the declared order.
    """
    if len(ballots) == 1 and not against:
        only = ballots[0]
        return (only[1],), None if only[0] == FALLBACK else only[0]
    standing = [b for b in ballots if b[0] != FALLBACK and not (b[1] in against and b[0] in _WEAK)] if against else [
        b for b in ballots if b[0] != FALLBACK
    ]  # fmt: skip
    pool = standing or [b for b in ballots if b[0] == FALLBACK]
    if not pool:
        return (), None
    if choose == "one":
        strongest = min(b[0] for b in pool)
        choice = min((b[1] for b in pool if b[0] == strongest), key=rank)
        return (choice,), strongest if standing else None
    first = {b.option for b in pool if b.first}
    options = sorted({b.option for b in pool}, key=lambda option: (option not in first, rank(option)))
    if choose == "main_and_more":
        speaking = [b for b in pool if b.strength != _ADVISE]
        strongest = min((b.strength for b in speaking), default=0)
        main = min((b.option for b in speaking if b.strength == strongest), key=rank, default=options[0])
        options = [main, *(option for option in options if option != main)]
    return tuple(options), min(b.strength for b in pool if b.option == options[0]) if standing else None


def ranking(decision: Decision, order: Sequence[str]) -> Rank:
    """Return the key by which options stand in order; numbers from the lowest or the highest."""
    if decision.settle:
        sign = 1 if decision.settle == "lowest" else -1
        return lambda option: sign * option
    places: dict[Option, int] = {option: place for place, option in enumerate(order)}
    return places.__getitem__


def settled(decision: Decision, casts: Sequence[Cast], opposed: Sequence[Opposed], order: Sequence[str]) -> Outcome:
    """Return the outcome of the votes that concern one settling, with what carried it and what lost."""
    casts = sorted(casts, key=lambda c: c.key)
    rank = ranking(decision, order)
    against: dict[Option, list[str]] = {}
    for entry in sorted(opposed, key=lambda o: o.firing.key):
        against.setdefault(entry.option, []).append(entry.firing.rule)
    voted = frozenset(c.option for c in casts)
    taken = [c for c in casts if c.strength in ("default", "advise") and c.option in against]
    lost = [Lost(c, tuple(sorted(set(against[c.option]))), opposed=True) for c in taken]
    choices, strength = picked(decision.choose, [c.ballot for c in casts], against, rank)
    if not choices:
        return Outcome(lost=tuple(lost), voted=voted)
    pool = [c for c in casts if c not in taken and (c.strength == "fallback") == (strength is None)]
    carried = tuple(c for c in pool if c.option in choices)
    leading = [c for c in carried if strength is None or decision.choose != "one" or c.ballot.strength == strength]
    winners = tuple(sorted({c.firing.rule for c in leading}))
    beaten = [c for c in casts if c not in taken and c.option not in choices]
    second, _ = picked("one", [c.ballot for c in pool if c.option not in choices], (), rank)
    return Outcome(
        choices, None if strength is None else STRENGTHS[strength], carried, tuple(lost + [Lost(c, winners) for c in beaten]),
        second[0] if second and decision.choose == "one" else None, voted,
    )  # fmt: skip


def whole_of(outcomes: Sequence[Outcome], order: Sequence[str]) -> Outcome:
    """Return the outcome for the whole of a decision settled per row: the first in order that any row has."""
    voted: frozenset[Option] = frozenset().union(*(o.voted for o in outcomes))
    chosen = [o for o in outcomes if o.choice is not None]
    if not chosen:
        return Outcome(lost=_once(o.lost for o in outcomes), voted=voted)
    best = min(chosen, key=lambda o: order.index(str(o.choice)))
    alike = [o for o in chosen if o.choice == best.choice]
    carried = _once(o.carried for o in alike)
    winners = tuple(sorted({c.firing.rule for c in carried}))
    beaten = tuple(Lost(c, winners) for o in chosen if o.choice != best.choice for c in o.carried if c not in carried)
    lost = tuple(entry for entry in _once([*(o.lost for o in chosen), beaten]) if entry.cast not in carried)
    second = [o.choice for o in chosen if o.choice != best.choice] + [o.runner_up for o in alike if o.runner_up is not None]
    runner_up = min((str(s) for s in second), key=order.index) if second else None
    strength = min((o.strength for o in alike if o.strength), key=STRENGTHS.index, default=None)
    return Outcome(best.choices, strength, carried, lost, runner_up, voted)


def _once(groups: Iterable[tuple]) -> tuple:  # type: ignore[type-arg]
    return tuple(dict.fromkeys(entry for group in groups for entry in group))
