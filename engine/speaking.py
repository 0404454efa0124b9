"""Who speaks on a decision, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .rules import STRENGTHS, Decision
from .settling import AGAINST, Ballot, Firing, picked, ranking
from .terms import Held, Value
from .world import Frame, WorldRow

Fired = dict[str, tuple[Firing, ...]]
"""The firings of the rules that fire, by rule id."""
Verdict = tuple[Held | None, str | None]
"""A decision's value as facts hold it, and the strength that carried it."""
Number = Callable[[Firing, Frame], Value | None]
KEPT = 4096
"""So many sets of ballots are remembered with what came of them."""


@dataclass(frozen=True)
class Voice:
    """What one effect of a rule says on a decision, each time the rule fires; a number is found anew each time."""

    effect: int
    about: str
    ballot: Ballot
    number: Number | None = None

    def row(self, firing: Firing) -> WorldRow | None:
        """Return the row that it speaks about, None where it speaks about all."""
        return dict(firing.rows)[self.about] if self.about else None

    def heard(self, firing: Firing, frame: Frame) -> Ballot | None:
        """Return the ballot of a firing, None where there is no number to give."""
        if self.number is None:
            return self.ballot
        found = self.number(firing, frame)
        return None if found is None else self.ballot._replace(option=found)


class Speaking:
    """Who speaks on a decision, and what comes of it; what came of the same ballots before is kept."""

    def __init__(self, decision: Decision, voices: Sequence[tuple[str, tuple[Voice, ...]]], slots: Mapping[str, Mapping[str, int]],
                 exception: Callable[[Frame], bool] | None):  # fmt: skip
        self.decision = decision
        self.voices = tuple(voices)
        self.rules = tuple(rule for rule, _ in voices)
        self.keys = decision.keys
        self.entity, self.per_row = decision.entity, decision.per_row
        self.level = 0
        self.places = {entity: (slots[entity][name], slots[entity][f"{name}!"]) for entity, name in decision.keys}
        self._plain = {rule: [(None, v.ballot) for v in own] for rule, own in voices if not any(v.about or v.number for v in own)}
        self._changing = {rule: own for rule, own in voices if rule not in self._plain}
        self._following = [
            (ref.entity, slots[ref.entity][ref.attribute], {value: Ballot(STRENGTHS.index("default"), o) for value, o in options.items()})
            for ref, options in decision.follows
        ]
        self._exception = exception
        moved = list(decision.options)
        for option, other in decision.before:
            moved.remove(option)
            moved.insert(moved.index(other), option)
        self._orders = (decision.options, tuple(moved))
        self._ranks = [ranking(decision, order) for order in self._orders]
        self._known: list[dict[tuple[Ballot, ...], Verdict]] = [{}, {}]

    def _moved(self, frame: Frame) -> bool:
        return self._exception is not None and not self._exception(frame)

    def order(self, frame: Frame) -> tuple[str, ...]:
        """Return the options in order: one is put before another unless the decision's conditions hold."""
        return self._orders[self._moved(frame)]

    def heard(self, rules: Iterable[str], fired: Fired, frame: Frame) -> list[tuple[WorldRow | None, Ballot]]:
        """Return what the firings of some rules and the decisions that it follows say, each with the row it is about (None: all)."""
        found: list[tuple[WorldRow | None, Ballot]] = []
        for rule in rules:
            plain = self._plain.get(rule)
            if plain is not None:
                found += plain
                continue
            for firing in fired[rule]:
                for voice in self._changing[rule]:
                    if (ballot := voice.heard(firing, frame)) is not None:
                        found.append((voice.row(firing), ballot))
        for entity, slot, ballots in self._following:
            if (ballot := ballots.get(frame[entity][0][slot])) is not None:
                found.append((None, ballot))
        return found

    def whole(self, verdicts: Sequence[Verdict], frame: Frame) -> Verdict:
        """Return what holds for the whole of a decision settled per row: the first in order that any row has."""
        taken = [v for v in verdicts if v[0] is not None]
        if not taken:
            return None, None
        if len(taken) == 1:
            return taken[0]
        rank = self._ranks[self._moved(frame)]
        best = min(taken, key=lambda v: rank(v[0][0] if isinstance(v[0], tuple) else v[0]))[0]  # type: ignore[arg-type]
        return best, min((v[1] for v in taken if v[0] == best and v[1]), key=STRENGTHS.index, default=None)

    def verdict(self, ballots: tuple[Ballot, ...], frame: Frame) -> Verdict:
        """Return the value as facts hold it, and the strength that carried it."""
        moved = self._moved(frame)
        known = self._known[moved]
        found = known.get(ballots)
        if found is None:
            if len(known) >= KEPT:
                known.clear()
            against = [b.option for b in ballots if b.strength == AGAINST]
            options, strength = picked(self.decision.choose, [b for b in ballots if b.strength != AGAINST], against, self._ranks[moved])
            found = known[ballots] = self.decision.held(options), None if strength is None else STRENGTHS[strength]
        return found
