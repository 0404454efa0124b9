"""Says what a question of an examination exercises: the topics of the rules behind it, and how the decisions come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..inferring import inferred
from ..reading.cases import Case
from ..reporting import Report
from ..rules import Decision, Knowledge
from ..showing import Showing
from ..tracing import topic
from ..wording import Speaker
from ..world import world_of

NONE = "none"


def examined(knowledge: Knowledge) -> list[Decision]:
    """Return the decisions that are asked in an examination: those of the headline, the main one first, as others can be shown
    otherwise because of it."""
    return sorted((d for d in knowledge.decisions if (d.main or d.headline) and d.choose == "one"), key=lambda d: not d.main)


def topics(report: Report, decisions: Iterable[Decision] = (), rules: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the topics of the rules named and of those that carry some decisions, and, as `decision=option`, how these come
    out and those by which cases are sorted."""
    knowledge, decisions = report.inference.knowledge, list(decisions)
    carrying = [reason["rule"] for decision in decisions for reason in report.decision(decision)["because"]]
    found = {topic(knowledge.by_id[rule]): None for rule in (*carrying, *rules) if rule in knowledge.by_id}
    told = [*decisions, *(d for d in knowledge.decisions if d.sorts_cases and d not in decisions)]
    return (*found, *(f"{decision.name}={report.showing.shown(decision) or NONE}" for decision in told))


def exercised(case: Case, knowledge: Knowledge) -> frozenset[str]:
    """Return what the decisions of a case exercise, over all its steps."""
    return frozenset(_exercised(case, knowledge))


def _exercised(case: Case, knowledge: Knowledge) -> Iterator[str]:
    for step in case.steps:
        inference = inferred(knowledge, world_of(step.dossier, knowledge.vocabulary, step.on))
        report = Report(inference, Showing(inference), [], Speaker(knowledge, inference.world))
        yield from topics(report, examined(knowledge))


def named(knowledge: Knowledge) -> Mapping[str, str]:
    """Return what people call each topic."""
    found = {topic(rule): f"rules on {topic(rule).replace('_', ' ')}" for rule in knowledge.rules}
    for decision in examined(knowledge):
        attribute = knowledge.vocabulary.entities[decision.entity].attributes[decision.name]
        found |= {f"{decision.name}={option}": f"{decision.title}: {attribute.label(option)}" for option in decision.options}
        found[f"{decision.name}={NONE}"] = f"{decision.title}: {NONE}"
    return found
