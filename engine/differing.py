"""What comes out otherwise when a case is worked out twice: decisions, derived facts, lines, questions, rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .advising import Consultation
from .reporting import Report, Said
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


def difference(before: Consultation, after: Consultation) -> Difference:
    """Return what is otherwise in the second of two consultations of one case, with other facts or with another rule base."""
    old, new = before.report(labels=True), after.report(labels=True)
    come, gone, reworded = _lines(old, new)
    was, now = ({q["fact"]: q for q in report.questions_json()} for report in (old, new))
    fired, fires = before.showing.fired, after.showing.fired
    return Difference(
        tuple(_decisions(old, new)), _pairs(_per_row(old), _per_row(new)), _pairs(old.derived(), new.derived()), come, gone, reworded,
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
    was, now = ({(*_effect(s), s.text): s for s in report.said} for report in (old, new))
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
