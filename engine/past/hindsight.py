"""A stored case then and now, as people read it: each step with the rules of its day beside those of today."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..advising import Consultation
from ..blocks import Block, Heading, Items, Page, Paragraph
from ..differing import Turned
from ..lines import Said
from ..problems import Problem
from ..reading.cases import Case, Step
from ..reading.fitting import LeftOut
from ..reading.past import Commit, Past
from ..rules import Decision, Knowledge
from ..stories.walking import numbers
from ..terms import Held
from ..verdicts import verdict
from .changebook import FEW, as_json, by, changed
from .revising import Change
from .revisiting import Absent, Revisiting, Then


class Hindsight:
    """One case, a page for each step, with the advice then, the advice now, and the changes of the rule base behind it."""

    def __init__(self, case: Case, knowledge: Knowledge, past: Past):
        self.case = case
        self.past = past
        self.revisiting = Revisiting(knowledge, past)
        self._told: dict[str, int] = {}

    def pages(self, step: int | None, to_end: bool) -> Iterator[Page]:
        """Yield each step, or one, or (`to_end`) all from that one on. Raises Unusable where there is no such step."""
        yield from (self._page(number) for number in numbers(self.case, step, to_end))

    def joined(self, pages: Sequence[Page]) -> Page:
        """Return pages as one."""
        data = {"case": self.case.id, "title": self.case.title, "steps": [page.data for page in pages]}
        return Page(tuple(block for page in pages for block in page.blocks), data)

    def _page(self, number: int) -> Page:
        step, many = self.case.steps[number - 1], len(self.case.steps)
        found = self.revisiting.then(step)
        day = step.on.isoformat()
        blocks: list[Block] = [Heading(f"{self.case.title}: then and now")] if number == 1 else []
        blocks += [Heading(f"Step {number} of {many}, {day}" if many > 1 else day, 2), Paragraph(step.what)]
        data: dict[str, Any] = {"step": number, "on": day, "what": step.what}
        if isinstance(found, Absent):
            blocks += self._absent(found, step)
            return Page(tuple(blocks), {**data, **_absent_json(found), "differs": False})
        blocks += self._compared(found)
        self._told.setdefault(found.commit.id, number)
        return Page(tuple(blocks), {**data, **_then_json(found)})

    # --- where there is nothing to compare with

    def _absent(self, found: Absent, step: Step) -> Iterator[Block]:
        first = self.past.commits[-1]
        if found.commit is not None:
            many = f"{len(found.problems)} problem{'s' * (len(found.problems) != 1)}"
            yield Paragraph(f"The rules of that day ({_named(found.commit)}) cannot be read by today's program: {many}. The first:")
            yield _items([_problem(problem) for problem in found.problems[:1]])
        elif self.past.shallow:
            since = f"The history here begins on {first.on.isoformat()}, as the repository was copied without its older commits."
            yield Paragraph(f"{since} Fetch them (git fetch --unshallow) to see the rules of {step.on.isoformat()}.")
        else:
            yield Paragraph(f"The rule base was begun on {first.on.isoformat()} ({_named(first)}): this step is older than all its rules.")
        yield Paragraph("Nothing is compared.")

    # --- then and now

    def _compared(self, then: Then) -> Iterator[Block]:
        old, new = then.before.knowledge, then.after.knowledge
        pending = "; what changed since is not committed yet" if then.commit == self.past.commits[0] and not then.same else ""
        yield Paragraph(f"Then: {len(old.rules)} rules, {_named(then.commit)}{pending}. Now: {len(new.rules)} rules, as they stand today.")
        if then.left_out:
            yield Paragraph("Facts that the vocabulary of then had no place for, left out of the advice then:")
            yield _items([_left(entry) for entry in then.left_out])
        was, now = verdict(then.before), verdict(then.after)
        if was != now:
            yield from [Heading("The advice then", 3), *was, Heading("The advice now", 3), *now]
        else:
            yield from [Heading("The advice, then and now", 3), *now]
        if then.same:
            yield Paragraph("The rules are the same, and so is all their advice.")
            return
        yield Heading("What comes out otherwise, and by which changes", 3)
        yield from self._decisions(then)
        yield from self._lines(then)
        yield from self._changed(then)

    def _decisions(self, then: Then) -> Iterator[Block]:
        turned = sorted(then.difference.decisions, key=lambda t: (not t.decision.main, not t.decision.headline))
        if turned:
            yield Items(tuple(self._turned(then, entry) for entry in turned), numbered=False)
        else:
            yield Paragraph("No decision." if then.difference.lines else "Nothing.")

    def _turned(self, then: Then, turned: Turned) -> tuple[str, tuple[str, ...]]:
        notes = [f"then: {reason}" for reason in _reasons(then.before, turned.decision)]
        notes += [f"now: {reason}" for reason in _reasons(then.after, turned.decision)]
        notes += by(then.causes.of_decision(turned.decision.key))
        was, now = (_choice(there, turned.decision, v) for there, v in ((then.before, turned.before), (then.after, turned.after)))
        return f"{turned.decision.title}: {now}, was {was}", tuple(notes)

    def _lines(self, then: Then) -> Iterator[Block]:
        """Yield the lines that came, went or read otherwise, by their rules."""
        found = then.difference
        causes = then.causes
        for title, said, there, behind in (
            ("New in the advice", found.come, then.after, causes.of_rule),
            ("No longer in the advice", found.gone, then.before, causes.of_rule),
            ("In other words", [now for _, now in found.reworded], then.after, causes.of_wording),
        ):
            heeded = {(s.rule.id, s.text) for s in there.report(labels=True).lines.now}
            rules = list({s.rule.id: s.rule for s in said if (s.rule.id, s.text) in heeded}.values())
            if rules:
                yield Paragraph(f"{title} ({len(rules)}):")
                yield _items([(f"{rule.title} ({rule.id})", by(behind(rule.id))) for rule in rules])

    def _changed(self, then: Then) -> Iterator[Block]:
        """Yield what changed in the rule base: once, where several steps have the same rules."""
        yield Heading("What changed in the rules since", 3)
        if then.commit.id in self._told:
            yield Paragraph(f"As at step {self._told[then.commit.id]}.")
            return
        yield from changed(then.changes)


def _named(commit: Commit) -> str:
    return f"commit {commit.short} of {commit.on.isoformat()}"


def _problem(problem: Problem) -> tuple[str, tuple[str, ...]]:
    return f"{problem.message} [{problem.code}]", tuple(str(place) for place in problem.places[:1])


def _left(entry: LeftOut) -> tuple[str, tuple[str, ...]]:
    return f"{entry.address}{f': {entry.fact.value}' if entry.fact else ''} ({entry.why})", ()


def _items(entries: Sequence[tuple[str, tuple[str, ...]]]) -> Items:
    """Return a list of the first few, the rest counted."""
    more = [(f"and {len(entries) - FEW} more (all of them: --format json)", ())] if len(entries) > FEW else []
    return Items((*entries[:FEW], *more), numbered=False)


def _reasons(there: Consultation, decision: Decision) -> list[str]:
    """Return the first reason for a decision as it is shown."""
    known = there.knowledge.settles.get(decision.key)
    because = there.report(labels=True).decision(known)["because"] if known else []
    return [f"{reason['text']} ({reason['rule']})" for reason in because[:1]]


def _choice(there: Consultation, decision: Decision, value: Held | None) -> str:
    return "none" if value is None else there.report(labels=True).label(decision, value)


# --- as data


def _commit_json(commit: Commit | None) -> dict[str, Any] | None:
    return {"id": commit.id, "on": commit.on.isoformat(), "subject": commit.subject} if commit else None


def _absent_json(found: Absent) -> dict[str, Any]:
    return {"commit": _commit_json(found.commit), "then": None, "problems": [problem.as_json() for problem in found.problems]}


def _then_json(then: Then) -> dict[str, Any]:
    found = then.difference

    def lines(said: Sequence[Said], behind: Callable[[str], list[Change]]) -> list[dict[str, Any]]:
        return [{"rule": s.rule.id, "text": s.text, "by": [c.name for c in behind(s.rule.id)]} for s in said]

    decisions = [
        {
            "decision": turned.decision.name, "from": turned.before, "to": turned.after,
            "by": [change.name for change in then.causes.of_decision(turned.decision.key)],
        }
        for turned in found.decisions
    ]  # fmt: skip
    return {
        "commit": _commit_json(then.commit),
        "then": _consulted_json(then.before), "now": _consulted_json(then.after),
        "left_out": [{"fact": e.address, "value": e.fact.value if e.fact else None, "why": e.why} for e in then.left_out],
        "differs": bool(found.decisions or found.lines), "turned": decisions,
        "advice": {
            "comes": lines(found.come, then.causes.of_rule), "goes": lines(found.gone, then.causes.of_rule),
            "reworded": lines([now for _, now in found.reworded], then.causes.of_wording),
        },
        "changes": [as_json(change) for change in then.changes],
    }  # fmt: skip


def _consulted_json(there: Consultation) -> dict[str, Any]:
    report = there.report()
    return {
        "knowledge": {"sha256": there.knowledge.sha256, "rules": len(there.knowledge.rules)},
        "decisions": report.choices(),
    }
