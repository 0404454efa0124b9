"""Why something was concluded, as people read it: one tree from the conclusion down to the facts."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .blocks import Block, Branch, Heading, Page, Paragraph, Tree, command, unmarked
from .proving import Prover
from .recounting import Recounter, Step
from .reporting import Report
from .rules import Decision
from .subjects import Subject, came_out, outcomes, subject_of
from .telling import placed
from .wording import listed


@dataclass
class Answering:
    """Answers one question about what a person names in one case; `other` is how the opposite question is asked about a word.

    So much of a conclusion is opened in turn as `depth` says, all of it without.
    """

    report: Report
    other: str
    depth: int | None = None

    def __post_init__(self) -> None:
        self.prover = Prover(self.report, self.depth)
        self.teller = self.prover.teller

    def page(self, word: str) -> Page:
        """Return the answer; where the opposite is so, that it is, and the command that says why. Raises Unusable for a word
        that names nothing."""
        subject = subject_of(word, self.report)
        if subject.rules:
            return self._rules(subject)
        return self._decision(subject, subject.decision) if subject.decision else self._fact(subject)

    def _rules(self, subject: Subject) -> Page:
        raise NotImplementedError

    def _decision(self, subject: Subject, decision: Decision) -> Page:
        raise NotImplementedError

    def _fact(self, subject: Subject) -> Page:
        raise NotImplementedError

    def _title(self, decision: Decision) -> str:
        return self.teller.sentence(self.teller.subject(self.prover.cell(decision)) if decision.derived else decision.title)

    def _pointing(self, said: str, subject: Subject, came_out: bool) -> Page:
        other = f"{self.other} {shlex.quote(subject.named())}"
        pointer = Paragraph(f"{'Why' if came_out else 'Why not'}: {command(other)}")
        return Page((Paragraph(said), pointer), {"came_out": came_out, "says": said, "instead": other})


class Reasons(Answering):
    """Answers `why`."""

    # --- rules

    def _rules(self, subject: Subject) -> Page:
        came = [rule for rule in subject.rules if rule.id in self.report.inference.firings]
        if not came:
            names = listed(rule.id for rule in subject.rules)
            return self._pointing(f"{names} did not fire: {subject.rules[0].title}.", subject, came_out=False)
        steps = [step for rule in came for step in self.prover.rule(rule)]
        heads = [f"{rule.id}: {rule.title}" for rule in came]
        return self._laid_out(f"Why {'; '.join(heads)}", [rule.why for rule in came], steps)

    # --- decisions and derived facts

    def _decision(self, subject: Subject, decision: Decision) -> Page:
        if not came_out(subject, self.report):
            return self._pointing(self._did_not(subject, decision), subject, came_out=False)
        shown = self.report.showing.shown(decision)
        found = outcomes(subject, self.report.inference)
        came = [(row, o) for row, o in found if o.choice is not None and subject.option in (None, *o.choices)]
        steps = [self.prover.outcome(decision, row, o) for row, o in (came or found)]
        said = f"{decision.title.lower()} is: {self._label(decision, shown)}" if not decision.derived else steps[0].text
        return self._laid_out(f"Why {said}", self._eased(decision), steps)

    def _label(self, decision: Decision, value: Any) -> str:
        return self.report.label(decision, value) if value is not None else "nothing is named"

    def _eased(self, decision: Decision) -> list[str]:
        """Return what is to be said where a decision is shown otherwise than it was settled, or where nothing spoke on it."""
        settled, shown = self.report.showing.settled(decision), self.report.showing.shown(decision)
        if decision.key in self.report.showing.entries and settled != shown:
            otherwise = f"Were it not for that, it would be: {self._label(decision, settled)}. The reasons for that:"
            return [f"It is shown so because {self.prover.hiding()}.", otherwise]
        if not decision.derived and self.report.inference.settlings[decision.key].whole.strength is None:
            options = [o for o in decision.options if o not in self.report.inference.settlings[decision.key].whole.choices]
            waits = "No rule spoke for another option. What one waits for: "
            return [waits + command(f"{self.other} {decision.name}={option}") for option in options[-1:]]
        return []

    def _did_not(self, subject: Subject, decision: Decision) -> str:
        choice = self.report.showing.settled(decision)
        if choice is None:
            return f"{self._title(decision)}: no option stands."
        return f"{self._title(decision)} is {self._label(decision, choice)}, not {self._label(decision, subject.option)}."

    # --- facts as written

    def _fact(self, subject: Subject) -> Page:
        """Return where a fact is written and which rules that fired read it; no rule concludes it."""
        cell = subject.cell
        assert cell is not None
        step = Step("fact", self.teller.fact(cell), cell=cell)
        readers = [r.id for r in self.report.inference.knowledge.rules if cell.key in r.reads and r.id in self.report.inference.firings]
        notes = [
            "It is recorded as a fact; no rule concludes it." if cell.value is not None else "No rule concludes it; somebody has to say."
        ]
        notes += [f"Rules that read it and fired: {', '.join(readers)}."] if readers else ["No rule that fired reads it."]
        return self._laid_out(f"Why {self.teller.subject(cell)}", notes, [step])

    # --- layout

    def _laid_out(self, title: str, notes: Sequence[str], steps: Sequence[Step]) -> Page:
        lone = len(steps) == 1 and steps[0].kind == "conclusion"
        branches = tuple(branch(step, self.teller) for step in (steps[0].steps if lone else steps))
        blocks: list[Block] = [Heading(title), *(Paragraph(note) for note in notes), Tree(branches)]
        return Page(
            tuple(blocks),
            {"came_out": True, "why": title, "notes": [unmarked(note) for note in notes], "tree": [as_json(s, self.teller) for s in steps]},
        )


def branch(step: Step, teller: Recounter) -> Branch:
    """Return a step as people read it, without what they need not read."""
    inside = tuple(branch(inner, teller) for inner in step.steps if not inner.aside)
    return Branch(teller.line(step), step.notes, inside)


def as_json(step: Step, teller: Recounter) -> dict[str, Any]:
    """Return a step with all there is to know of it."""
    return {
        "kind": step.kind, "text": step.text, "verdict": step.verdict.value, "rule": step.rule or None, "place": placed(step.place),
        "wanted": step.wanted or None, "fact": teller.record(step.cell) if step.cell is not None else None,
        "children": [as_json(inner, teller) for inner in step.steps],
    }  # fmt: skip
