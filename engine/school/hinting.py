"""Hints at why a decision comes out as it does: a ladder made from the conditions of the rules that carry it, each rung telling
more than the one before, the choice itself never."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..phrasing import Phrasing
from ..proving import BY, Prover
from ..recounting import Step
from ..reporting import Report
from ..rules import Decision
from ..settling import Cast
from ..wording import either, listed

MOST = 4
"""So many facts, or conditions, are named on one rung."""


def ladder(report: Report, decision: Decision) -> tuple[tuple[str, ...], int]:
    """Return the hints for a decision, from which facts to look at up to the rule's own conditions and two options, and how many of
    them tell which facts decide."""
    if hiding := report.showing.hiding(decision):
        others = listed(dict.fromkeys(other.title for other in hiding))
        return (f"Settle {others} first: with some outcomes of it, this is shown otherwise or not at all.",), 0
    casts = _leading(report, decision)
    if not casts:
        return ("Nothing that is recorded speaks for any option by itself.",), 1
    rungs = (*_telling(report, casts), f"It is between these: {either(_between(report, decision))}.")
    return rungs, len(rungs) - 1


def _leading(report: Report, decision: Decision) -> list[Cast]:
    """Return the votes that carried a decision as the strongest of their kind, one for each rule."""
    outcome = report.inference.settlings[decision.key].whole
    casts = list(report.inference.behind(outcome.carried))
    leading = [cast for cast in casts if cast.strength == outcome.strength] or casts
    return list({cast.firing.rule: cast for cast in reversed(leading)}.values())[::-1]


def _telling(report: Report, casts: Sequence[Cast]) -> Iterator[str]:
    """Yield the hints that tell of facts."""
    prover, below = Prover(report, depth=0), Prover(report)
    steps = [step for cast in casts[:2] for step in prover.grounds(cast.firing, 0) if not step.aside and step.kind != "always"]
    under = [inner for cast in casts[:2] for step in below.grounds(cast.firing, 0) for inner in step.walk()]
    if recorded := [s.cell for s in under if s.cell is not None and (s.cell.row, s.cell.attribute) in report.inference.world.facts]:
        yield f"Look at {_few([prover.teller.subject(cell) for cell in recorded])}."
    if steps:
        yield f"What counts: {_few([_plain(step) for step in steps])}."
    rule = report.inference.knowledge.by_id[casts[0].firing.rule]
    conditions = [str(phrase) for phrase in Phrasing(report.inference.knowledge).conditions(rule.when)]
    if len(conditions) > 1 or len(steps) > 1:
        yield f"A rule says something {BY[casts[0].strength]} where {_few(conditions, '; and ')}."
    elif not conditions:
        yield f"What is recorded settles nothing here: a rule says something {BY[casts[0].strength]}."


def _plain(step: Step) -> str:
    return step.text.partition(" (concluded by")[0]


def _between(report: Report, decision: Decision) -> list[str]:
    """Return the choice and what came nearest to it, in the declared order, so that the order gives nothing away."""
    shown = report.showing.shown(decision)
    outcome = report.inference.settlings[decision.key].whole
    others = [outcome.runner_up] if outcome.runner_up is not None else [o for o in decision.options if o in outcome.voted and o != shown]
    at = decision.options.index(str(shown)) if shown in decision.options else 0
    beside = decision.options[at + 1] if at + 1 < len(decision.options) else decision.options[at - 1]
    pair = {str(shown), str(others[0]) if others else beside}
    return [report.label(decision, option) for option in decision.options if option in pair]


def _few(words: Sequence[str], joint: str = "; ") -> str:
    found = list(dict.fromkeys(words))
    return joint.join(found[:MOST]) + (f"{joint}{len(found) - MOST} more" if len(found) > MOST else "")
