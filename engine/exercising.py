"""Says what a question of an examination exercises: the topics of the rules behind it, and how the case at hand comes out."""

from __future__ import annotations

from collections.abc import Iterable

from .reporting import Report
from .rules import Decision, Knowledge
from .tracing import topic


def examined(knowledge: Knowledge) -> list[Decision]:
    """Return the decisions that are asked in an examination: those of the headline."""
    return [d for d in knowledge.decisions if (d.main or d.headline) and d.choose == "one"]


def topics(report: Report, decisions: Iterable[Decision] = (), rules: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the topics of the rules named and of those that carry some decisions, and each outcome of the headline as
    `decision=option`."""
    knowledge = report.inference.knowledge
    carrying = [reason["rule"] for decision in decisions for reason in report.decision(decision)["because"]]
    found = {topic(knowledge.by_id[rule]): None for rule in (*carrying, *rules) if rule in knowledge.by_id}
    return (*found, *outcomes(report))


def outcomes(report: Report) -> tuple[str, ...]:
    """Return how each decision of the headline comes out, as `decision=option`."""
    shown = ((decision.name, report.showing.shown(decision)) for decision in examined(report.inference.knowledge))
    return tuple(f"{name}={choice or 'none'}" for name, choice in shown)
