"""Puts rules and decisions into strata, computed from what they read; a loop is a problem that names its members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from .conditions import Key
from .problems import Place, Problem
from .rules import Against, Decision, Rule, Scorecard, ScoreRef, Stratum, Vote


def stratified(
    rules: Iterable[Rule], decisions: Iterable[Decision], scorecards: Mapping[str, Scorecard]
) -> tuple[tuple[Stratum, ...], list[Problem]]:
    """Return the strata in the order in which they can be worked out, and the loops found (then the strata are empty).

    Rules on trial as drafts and rules that count open questions stand outside: nothing waits for them.
    """
    decisions = list(decisions)
    settles = {key: decision for decision in decisions for key in decision.keys}
    counted = [r for r in rules if not r.draft and not r.waits_for_questions]
    needs: dict[Key, dict[Key, str]] = {d.key: {} for d in decisions}
    for decision in decisions:
        for key in sorted(decision.reads):
            if key in settles:
                needs[decision.key].setdefault(settles[key].key, "its own order")
    for rule in counted:
        for effect in rule.then:
            if isinstance(effect, Vote | Against) and effect.target.key in settles:
                decision = settles[effect.target.key]
                for key in sorted(rule.reads | _scored(effect, scorecards)):
                    if key in settles:
                        needs[decision.key].setdefault(settles[key].key, rule.id)
    try:
        order = list(TopologicalSorter({k: sorted(v) for k, v in sorted(needs.items())}).static_order())
    except CycleError as error:
        return (), [_loop(list(reversed(error.args[1])), needs, {r.id: r.place for r in counted}, settles)]
    return _levels(order, counted, settles, needs), []


def _scored(effect: Vote | Against, scorecards: Mapping[str, Scorecard]) -> frozenset[Key]:
    if isinstance(effect, Vote) and isinstance(effect.option, ScoreRef) and effect.option.card in scorecards:
        return scorecards[effect.option.card].reads
    return frozenset()


def _levels(
    order: list[Key], rules: list[Rule], settles: Mapping[Key, Decision], needs: Mapping[Key, Mapping[Key, str]]
) -> tuple[Stratum, ...]:
    level: dict[Key, int] = {}
    voters: dict[Key, list[Rule]] = {}
    for rule in rules:
        for effect in rule.then:
            if isinstance(effect, Vote | Against) and effect.target.key in settles:
                voters.setdefault(settles[effect.target.key].key, []).append(rule)

    def of_rule(rule: Rule) -> int:
        return max((level[settles[key].key] + 1 for key in rule.reads if key in settles), default=0)

    for key in order:
        own = [level[k] + 1 for k in needs[key]]
        level[key] = max([0, *own, *(of_rule(rule) for rule in voters.get(key, []))])
    last = max([0, *level.values(), *(of_rule(rule) for rule in rules)])
    strata = []
    for number in range(last + 1):
        here = tuple(rule for rule in sorted(rules, key=lambda r: r.id) if of_rule(rule) == number)
        strata.append(Stratum(here, tuple(settles[key] for key in sorted(level) if level[key] == number)))
    return tuple(strata)


def _loop(cycle: list[Key], needs: Mapping[Key, Mapping[Key, str]], rules: Mapping[str, Place], settles: Mapping[Key, Decision]) -> Problem:
    """Say who waits for whom; the cycle starts and ends with the same attribute."""
    if cycle[1] not in needs[cycle[0]]:
        cycle.reverse()
    start = cycle.index(min(cycle))
    ring = cycle[:-1]
    ring = ring[start:] + ring[:start] if start < len(ring) else ring
    steps = [(a, b, needs[a][b]) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)]
    text = "; ".join(f"{'.'.join(a)} waits for {'.'.join(b)} ({by})" for a, b, by in steps)
    places = tuple(rules.get(by, settles[one].place) for one, _, by in steps)
    help = "let one of these rules read facts instead, or let it advise in words"
    return Problem("K301", f"the rules go in a circle: {text}", places, help)
