"""Replays stored cases: the advice at each step beside what the case records, and where the two differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ..advising import consult
from ..evaluating import Node, matches
from ..matching import consulted
from ..nearing import misses
from ..reading.cases import Case, Step, stem
from ..recounting import Recounter
from ..rules import Decision, Knowledge
from ..showing import Showing
from ..terms import Held
from ..world import world_of

MOST = 2
"""So many obstacles of a rule that should fire are named; the rest are counted."""


@dataclass(frozen=True)
class Difference:
    """Something that a case records and the advice no longer gives: a decision (with the rules that carry it now), a rule
    that should fire (`fires`) or one that should be silent (`silent`), with what stops it or makes it fire."""

    kind: str
    what: str
    recorded: str | None = None
    now: str | None = None
    rules: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Replay:
    """A case replayed: every step and flip by name, with the differences."""

    case: Case
    runs: tuple[tuple[str, tuple[Difference, ...]], ...]

    @property
    def differs(self) -> bool:
        return any(differences for _, differences in self.runs)


def replayed(case: Case, knowledge: Knowledge) -> Replay:
    """Return a case with every step and flip compared with what it records."""
    return Replay(case, tuple((name, tuple(differences(knowledge, step))) for name, step in case.runs()))


def differences(knowledge: Knowledge, step: Step) -> Iterator[Difference]:
    """Yield where the advice at a step is not what the case records."""
    late = {name for rule in knowledge.late_rules for name in (rule.id, stem(rule.id))}
    if late & {*step.expected.fires, *step.expected.silent}:
        showing = consult(knowledge, step.dossier, step.on).showing
    else:  # the questions, which take most of the time, are counted by those rules alone
        showing = Showing(consulted(knowledge, world_of(step.dossier, knowledge.vocabulary, step.on)))
    yield from _Comparing(showing).with_(step)


@dataclass
class _Comparing:
    showing: Showing

    @property
    def knowledge(self) -> Knowledge:
        return self.showing.inference.knowledge

    @cached_property
    def teller(self) -> Recounter:
        return Recounter(self.showing.inference)

    def with_(self, step: Step) -> Iterator[Difference]:
        known = {d.name: d for d in self.knowledge.decisions}
        for name, recorded in step.expected.decisions.items():
            shown = self.showing.shown(known[name])
            if recorded not in taken(known[name], shown):
                carried = self.showing.inference.settlings[known[name].key].whole.carried
                rules = dict.fromkeys(cast.firing.rule for cast in self.showing.inference.behind(carried))
                yield Difference("decision", name, recorded, said(shown), tuple(rules))
        fired = {name for rule in self.showing.fired for name in (rule, stem(rule))}
        for rule in step.expected.fires:
            if rule not in fired:
                yield Difference("fires", rule, why=self._stopped(rule))
        for rule in step.expected.silent:
            if rule in fired:
                yield Difference("silent", rule, why=self._supported(rule))

    def _stopped(self, rule_id: str) -> str:
        """Return what keeps a rule from firing, over the choice of rows that comes nearest; of a split rule, of its parts."""
        rules = [rule for rule in self.knowledge.rules if rule_id in (rule.id, stem(rule.id))]
        if not rules:
            return "this rule base has no such rule"
        if all(rule.draft for rule in rules):
            return "it is a draft, which changes nothing"
        world = self.showing.inference.world
        near = [miss for rule in rules if not rule.draft for miss in misses(rule, world, self.knowledge)[:1]]
        if not near or any(rule.id in self.showing.inference.firings for rule in rules):
            return "its conditions hold, and something else spoke before it"
        nearest = min(near, key=lambda miss: len(miss.stopped_by))
        found = list(self._told(nearest.stopped_by))
        return "; ".join(found[:MOST]) + (f"; and {len(found) - MOST} more" if len(found) > MOST else "")

    def _supported(self, rule_id: str) -> str:
        """Return what a rule fires on, over the first choice of rows."""
        rule = next(rule for rule in self.knowledge.rules if rule_id in (rule.id, stem(rule.id)) and rule.id in self.showing.fired)
        match = next(iter(matches(rule, self.showing.inference.world, self.knowledge, only_firing=True)))
        return "; ".join(self._told(match.tree.children)) or "always"

    def _told(self, nodes: Iterable[Node]) -> Iterator[str]:
        """Yield what came of conditions, a line each."""
        for step in self.teller.steps(nodes):
            if not step.aside:
                inside = "; ".join(self.teller.line(inner) for inner in step.steps if not inner.aside)
                yield self.teller.line(step) + (f": {inside}" if inside else "")


def taken(decision: Decision, shown: Held | None) -> tuple[Held | None, ...]:
    """Return what a case may record of a decision: its choice, of one that takes many each of them."""
    if not isinstance(shown, tuple):
        return (shown,)
    return shown[:1] if decision.choose == "main_and_more" else shown


def said(value: Held | None) -> str | None:
    """Return a value as a case writes it."""
    return None if value is None else ", ".join(value) if isinstance(value, tuple) else str(value)
