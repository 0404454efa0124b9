"""What comes out otherwise when a case is worked out twice: decisions, derived facts, lines, questions, rules, the plan."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .advising import Consultation
from .lines import Said
from .planning import Plan, Task
from .records import derived, questions
from .reporting import Report
from .rules import Decision
from .terms import Held


@dataclass(frozen=True)
class Turned:
    """A decision that is shown otherwise, and the first reason for what it is now."""

    decision: Decision
    before: Held | None
    after: Held | None
    rule: str
    text: str


@dataclass(frozen=True)
class Difference:
    """All that is otherwise; of lines those that come, go, or say something else (`reworded`: before and after)."""

    decisions: tuple[Turned, ...]
    rows: tuple[tuple[str, Held | None, Held | None], ...]
    derived: tuple[tuple[str, Held | None, Held | None], ...]
    come: tuple[Said, ...]
    gone: tuple[Said, ...]
    reworded: tuple[tuple[Said, Said], ...]
    asked: tuple[dict[str, Any], ...]
    answered: tuple[dict[str, Any], ...]
    fire: tuple[str, ...]
    silent: tuple[str, ...]

    @property
    def lines(self) -> bool:
        """Whether any line of advice is otherwise."""
        return bool(self.come or self.gone or self.reworded)

    @property
    def empty(self) -> bool:
        return not any((self.decisions, self.rows, self.derived, self.come, self.gone, self.reworded, self.asked, self.answered,
                        self.fire, self.silent))  # fmt: skip


Days = tuple[datetime.date, datetime.date]


@dataclass(frozen=True)
class Replanned:
    """What is otherwise in the plan: the days of its stages (None where a plan has none of it), tasks of the route that
    come and go in those that stay, and what is said of it now."""

    stages: tuple[tuple[str, Days | None, Days | None], ...]
    come: tuple[Task, ...]
    gone: tuple[Task, ...]
    notes: tuple[str, ...]

    @property
    def empty(self) -> bool:
        return not any((self.stages, self.come, self.gone, self.notes))


def replanned(before: Consultation, after: Consultation) -> Replanned:
    """Return what is otherwise in the plan of the second of two consultations."""
    old, new = before.plan(labels=True), after.plan(labels=True)
    was, now = ({leg.stage.title: (leg.first, leg.last) for leg in plan.legs} for plan in (old, new))
    stages = [(title, was.get(title), now.get(title)) for title in dict.fromkeys([*was, *now])]
    come, gone = _beyond(new, old), _beyond(old, new)
    return Replanned(
        tuple(entry for entry in stages if entry[1] != entry[2]), come, gone, tuple(note for note in new.notes if note not in old.notes)
    )


def _beyond(plan: Plan, other: Plan) -> tuple[Task, ...]:
    """Return the tasks of the route that another plan has not, of the stages that both have."""
    both = {leg.stage.title for leg in other.legs}
    return tuple(task for task in _routed(plan, both) if task not in _routed(other, both))


def _routed(plan: Plan, stages: Collection[str]) -> list[Task]:
    return [t for leg in plan.legs if leg.stage.title in stages for tasks in leg.tasks.values() for t in tasks if t.route]


def rewritten(before: Consultation, after: Consultation) -> tuple[str, ...]:
    """Return the titles of the parts of the document, and of what goes with it, in which other words stand than before, or
    which only one of the two has; none where it is another document."""
    old, new = before.document(labels=True), after.document(labels=True)
    if not old or not new or (old["document"] or {}).get("id") != (new["document"] or {}).get("id"):
        return ()
    was, now = _written(before, old), _written(after, new)
    return tuple(title for title in dict.fromkeys([*now, *was]) if was.get(title) != now.get(title))


def _written(consultation: Consultation, document: dict[str, Any]) -> dict[str, object]:
    outlines = consultation.knowledge.outlines
    found: dict[str, object] = {s["title"]: s["write"] for part in ("sections", "internal", "extracts") for s in document[part]}
    for grid, rows in ((outlines.trace, document["trace"]), (outlines.themes, document["themes"])) if outlines else ():
        if grid:
            found[grid.title] = [[row[column.id] for column in grid.columns] for row in rows]
    return found


def difference(before: Consultation, after: Consultation) -> Difference:
    """Return what is otherwise in the second of two consultations of one case, with other facts or with another rule base."""
    old, new = before.report(labels=True), after.report(labels=True)
    come, gone, reworded = _lines(old, new)
    was, now = ({q["fact"]: q for q in questions(report)} for report in (old, new))
    fired, fires = before.showing.fired, after.showing.fired
    return Difference(
        tuple(_decisions(old, new)), _pairs(_per_row(old), _per_row(new)), _pairs(derived(old), derived(new)), come, gone, reworded,
        tuple(q for fact, q in now.items() if fact not in was), tuple(q for fact, q in was.items() if fact not in now),
        tuple(r for r in fires if r not in fired), tuple(r for r in fired if r not in fires),
    )  # fmt: skip


def _decisions(old: Report, new: Report) -> list[Turned]:
    found = []
    for decision in new.showing.turned(old.showing):
        was, now = old.showing.choices.get(decision.key), new.showing.choices.get(decision.key)
        known = decision.key in new.showing.choices
        reasons = (new.decision(decision)["because"][:1] if known else []) or [{"rule": "", "text": ""}]
        found.append(Turned(decision, was, now, reasons[0]["rule"], reasons[0]["text"]))
    return found


def _per_row(report: Report) -> dict[str, Any]:
    """Return the choice for each row of the decisions that are settled per row, where there are several."""
    found = {}
    for decision in report.inference.knowledge.decisions:
        rows = report.inference.settlings[decision.key].per_row if decision.per_row else ()
        if len(rows) > 1:
            found.update({f"{row.address}.{decision.name}": outcome.choice for row, outcome in rows})
    return found


def _pairs(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[tuple[str, Any, Any], ...]:
    return tuple((key, old.get(key), new.get(key)) for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key))


def _lines(old: Report, new: Report) -> tuple[tuple[Said, ...], tuple[Said, ...], tuple[tuple[Said, Said], ...]]:
    """Return the lines that come, that go, and those that one effect of a rule now says in other words."""
    was, now = ({(*_effect(s), s.text): s for s in report.lines.said} for report in (old, new))
    come = [s for key, s in now.items() if key not in was]
    gone = [s for key, s in was.items() if key not in now]
    reworded = []
    for said in list(come):
        same = next((s for s in gone if _effect(s) == _effect(said)), None)
        if same is not None:
            reworded.append((same, said))
            come.remove(said)
            gone.remove(same)
    return tuple(come), tuple(gone), tuple(reworded)


def _effect(said: Said) -> tuple[str, int]:
    """Return which effect of which rule says a line."""
    return said.rule.id, said.rule.then.index(said.line)
