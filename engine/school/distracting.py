"""Finds acts and questions that are not called for on a step, to stand beside those that are, each with the reason why not.

The more of what an act asks for holds, the better it teaches, so those come first that nearly hold. What a law or a veto asks
for is never among them: to keep to it where nobody asks costs no one anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

from ..asking import Question
from ..conditions import Test
from ..evaluating import FALSE, TRUE
from ..failing import Failing, Near
from ..lines import ACTING, BINDING, Said
from ..nearing import Miss, misses
from ..proving import Prover
from ..reading.cases import stem
from ..reporting import Report
from ..rules import Line, Rule
from ..wording import NOT_KNOWN, listed
from ..world import Cell
from .grading import COSTS, Offer

ACTS, QUESTIONS = 5, 4
"""So many of each are offered."""
UNFIT = 2
"""So many acts that hold but do not go with what was decided, and so many that belong to another stage."""

UNCALLED = "not called for"
POOL = 3
"""They are taken from so many times as many that come nearest."""

Some = TypeVar("Some")
Nearly = tuple[tuple[object, ...], Offer, Cell]


def acts_elsewhere(report: Report, taken: Collection[str]) -> list[Offer]:
    """Return acts that are right elsewhere: with another decision, at another stage, with one fact otherwise; one of a rule, and
    none whose rule or words are `taken`."""
    nearly = sorted(_nearly(report), key=lambda entry: entry[0])
    route = report.inference.knowledge.route
    staged = [entry for entry in nearly if route and entry[2].key == route.stage.key]
    others = list({cell: entry for entry in reversed(nearly) if entry not in staged for cell in entry[2:]}.values())[::-1]
    near = [offer for _, offer, _ in (*_turned(report, staged, UNFIT), *_turned(report, others, ACTS))]
    found: dict[str, Offer] = {}
    for offer in (*_unfit(report), *near):
        if offer.key not in taken and offer.text not in {*taken, *(other.text for other in found.values())}:
            found.setdefault(offer.key, offer)
    return list(found.values())[:ACTS]


def _turned(report: Report, nearest: Sequence[Some], most: int) -> Sequence[Some]:
    """Return some of what comes nearest; where to begin differs from case to case, so that not the same is wrong everywhere."""
    pool = nearest[: POOL * most]
    start = len(report.inference.world.facts) % len(pool) if pool else 0
    return (*pool[start:], *pool[:start])[:most]


def questions_elsewhere(report: Report) -> list[tuple[Question, str]]:
    """Return questions that are not worth putting now, each with the reason: first some that go with another decision, then those that
    a known fact rules out; those last for which a rule waits together with others."""
    kept = [question for question in report.questions if question.open and question.now and not report.asks_now(question)]
    idle = [question for question in report.questions if question.open and not question.now]
    idle.sort(key=lambda question: (question.idle is None, bool(question.worth.ways)))
    found = [(question, f"{_quieted(report)}; {report.worth(question)}") for question in kept[:UNFIT]]
    return [*found, *((question, report.worth(question)) for question in _turned(report, idle, QUESTIONS))][:QUESTIONS]


def _quieted(report: Report) -> str:
    """Return that what is quieted does not go with the main decision."""
    assert report.main is not None
    return f"not while the {report.main.title.lower()} is: {report.label(report.main, report.showing.quiet)}"


def _unfit(report: Report) -> list[Offer]:
    """Return acts of rules that hold, but do not go with what was decided."""
    found: dict[str, Offer] = {}
    for said in report.lines.said:
        if _is_act(said.line) and not said.rule.waits_for_questions and NOT_KNOWN not in said.text and (why := _against(report, said)):
            found.setdefault(said.rule.id, Offer(said.rule.id, said.text, COSTS, UNCALLED, f"{said.rule.id}: {why}"))
    return list(found.values())[:UNFIT]


def _against(report: Report, said: Said) -> str:
    if said.beaten:
        return f"it goes with a choice that was not taken, because of {listed(said.beaten)}"
    if report.lines.speaks_now(said):
        return ""
    return _quieted(report) if report.showing.quiet else "what it was for lies behind"


def _nearly(report: Report) -> Iterator[Nearly]:
    """Yield acts of rules that a single condition has stopped, with their rank and the fact that it looks at. A rule of which another
    wording holds is left out, as the two can hardly be told apart."""
    failing, here = Failing(Prover(report)), {stem(rule) for rule in report.inference.firings}
    for rule in report.inference.knowledge.rules:
        lines = [line for line in rule.lines if _is_act(line) and not line.needs]
        if lines and not rule.draft and stem(rule.id) not in here:
            for miss in misses(rule, report.inference.world, report.inference.knowledge)[:1]:
                yield from _stopped(report, failing, rule, lines[0], miss)


def _stopped(report: Report, failing: Failing, rule: Rule, line: Line, miss: Miss) -> Iterator[Nearly]:
    text = report.speaker.filled(line.text, dict(miss.match.rows), dict(miss.match.counts))
    stopped = [step for step in failing.stopped(Near(rule, miss)) if not step.aside]
    if len(stopped) == 1 and stopped[0].verdict is FALSE and stopped[0].cell is not None and NOT_KNOWN not in text:
        holding = sum(isinstance(node.item, Test) and node.verdict is TRUE for node in miss.match.tree.walk())
        why = f"{rule.id} does not hold: {stopped[0].text}" + (f"; asked for: {stopped[0].wanted}" if stopped[0].wanted else "")
        yield (miss.key[0], -holding, rule.id), Offer(rule.id, text, COSTS, UNCALLED, why), stopped[0].cell


def _is_act(line: Line) -> bool:
    return bool(line.lane) and line.strength in ACTING and line.strength not in BINDING
