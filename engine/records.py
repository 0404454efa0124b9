"""The parts of the advice as plain records, as its schema lays them out: for JSON, for pages, and to compare two of them."""

from __future__ import annotations

from typing import Any

from .asking import whom_of
from .conditions import CountRef
from .flipping import Flipping
from .planning import Leg, Plan
from .reporting import Report
from .rules import Effect, Line, ScoreRef, Vote
from .scoring import as_json
from .settling import Firing
from .terms import as_data
from .weighing import Change

FLIPS = 5
"""So many of the facts that would turn the main decision are listed."""


def decisions(report: Report) -> dict[str, Any]:
    """Return every decision, the main one with the nearest facts that would turn it, first those that we can change."""
    found = report.decisions()
    if report.main:
        flips = [(flip.changes[0], flip.choice) for flip in Flipping(report.inference).singles[report.main.key][:FLIPS]]
        found[report.main.name]["flips"] = [
            {"fact": change.cell.address, "from": change.cell.value, "to": change.to, "choice": as_data(choice)} for change, choice in flips
        ]
    return found


def parts(report: Report) -> dict[str, dict[str, Any]]:
    """Return the choices that are listed under a part of the advice of their own."""
    found: dict[str, dict[str, Any]] = {}
    for decision in report.inference.knowledge.decisions:
        if decision.listed_in:
            found.setdefault(decision.listed_in, {})[decision.name] = as_data(report.showing.shown(decision))
    return found


def plan(plan: Plan) -> dict[str, Any]:
    """Return the plan: how it is laid out, and its stages with the tasks of each lane."""
    deadline = plan.calendar.deadline
    return {
        "laid_out": "backward" if deadline else "forward", "deadline": deadline.isoformat() if deadline else None,
        "fits": plan.calendar.fits, "notes": list(plan.notes), "stages": [_leg(leg) for leg in plan.legs],
    }  # fmt: skip


def _leg(leg: Leg) -> dict[str, Any]:
    lanes = {}
    for lane, tasks in leg.tasks.items():
        lanes[lane] = [
            {"text": t.text, **({"rule": t.rule} if t.rule else {"route": t.route}), "owner": t.owner, "days": t.days} for t in tasks
        ]
    return {
        "stage": leg.stage.name, "from": leg.first.isoformat(), "to": leg.last.isoformat(),
        "leave_when": leg.stage.leave_when, "produce": dict(leg.stage.produce), "lanes": lanes,
    }  # fmt: skip


def advice(report: Report) -> list[dict[str, Any]]:
    """Return every line that is said, first what matters most."""
    found = []
    for said in report.lines.said:
        line = said.line
        entry: dict[str, Any] = {
            "rule": said.rule.id, "strength": line.strength, "text": said.text, "about": said.about or None,
            "lane": line.lane or None, "stage": line.stage or None, "blocks": line.blocks or None, "within": line.within,
            "source": said.rule.source, "because": report.lines.because(said),
        }  # fmt: skip
        if line.whom:
            entry["whom"] = whom_of(line, said.firings[0], report.speaker)
        if said.beaten:
            entry["beaten_by"] = list(said.beaten)
        found.append(entry)
    return found


def questions(report: Report) -> list[dict[str, Any]]:
    """Return every open question, first what is worth most."""
    found = []
    for question in report.questions:
        ask, whom = question.words(report.speaker)
        worth = {"level": question.worth.level, "says": report.worth(question)} if question.open else None
        changes = [_change(change) for change in question.could_change]
        found.append({"fact": question.fact, "ask": ask, "whom": whom or None, "could_change": changes, "worth": worth})
    return found


def _change(change: Change) -> dict[str, Any]:
    return {"decision": change.decision, "choice": change.choice} if change.decision else {"rule": change.rule, "strength": change.strength}


def derived(report: Report) -> dict[str, Any]:
    """Return what rules derived, by address; only what is known."""
    world = report.inference.world
    found = {}
    for decision in report.inference.knowledge.decisions:
        if decision.derived:
            for row in world.rows[decision.entity]:
                if (value := world.value(row, decision.name)) is not None:
                    found[f"{row.address}.{decision.name}"] = value
    return dict(sorted(found.items()))


def scorecards(report: Report) -> dict[str, Any]:
    """Return the numbers that scorecards gave, by the fact that holds them."""
    return {".".join(score.decision.key): as_json(score, report.explainer) for score in report.scores}


def expired(report: Report) -> list[dict[str, Any]]:
    """Return the facts that no longer count, and why."""
    return [
        {
            "fact": f"{s.row.address}.{s.attribute}", "value": s.fact.value,
            "on": s.fact.on.isoformat() if s.fact.on else None, "why": s.why,
        }
        for s in report.inference.world.stale
    ]  # fmt: skip


def drafts(report: Report) -> list[dict[str, Any]]:
    """Return what rules on trial would add."""
    found = []
    for rule in report.inference.knowledge.rules:
        for firing in report.inference.firings.get(rule.id, ()) if rule.draft else ():
            found += [{"rule": rule.id, "would_add": _would_add(effect, firing, report)} for effect in rule.then]
    return [entry for n, entry in enumerate(found) if entry not in found[:n]]


def _would_add(effect: Effect, firing: Firing, report: Report) -> str:
    if isinstance(effect, Line):
        return report.speaker.say(effect.text, firing)
    target = f"{effect.target.entity}.{effect.target.attribute}"
    if not isinstance(effect, Vote):
        return f"against: {target} = {effect.option}"
    option = effect.option
    said = dict(firing.counts).get(option.name) if isinstance(option, CountRef) else option
    said = f"the score of {option.card}" if isinstance(option, ScoreRef) else said
    return f"{effect.strength}: {target} = {said}"
