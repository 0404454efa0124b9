"""Puts a worked-out case into words: its decisions with their reasons, its lines of advice, what its questions are worth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .asking import Question, stopped
from .explaining import Explainer
from .inferring import Inference
from .lines import BINDING, Lines
from .rules import Decision
from .scoring import Score, scores
from .settling import Outcome
from .showing import Showing
from .terms import Held, as_data
from .wording import Speaker, listed


@dataclass
class Report:
    inference: Inference
    showing: Showing
    questions: list[Question]
    speaker: Speaker

    @cached_property
    def explainer(self) -> Explainer:
        return Explainer(self.inference, self.speaker)

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.explainer, self.showing, self.questions)

    @cached_property
    def scores(self) -> list[Score]:
        """Return the numbers that scorecards gave, factor by factor."""
        return scores(self.explainer, self.showing)

    @property
    def main(self) -> Decision | None:
        return self.inference.knowledge.main

    # --- decisions

    def decisions(self) -> dict[str, dict[str, Any]]:
        """Return every decision by name; derived facts are none."""
        return {d.name: self.decision(d) for d in self.inference.knowledge.decisions if not d.derived}

    def decision(self, decision: Decision) -> dict[str, Any]:
        """Return one decision: choice, reasons for and against, runner-up, weakest grade, whether an answer could turn it."""
        settling = self.inference.settlings[decision.key]
        outcome = settling.whole
        found = self._choice(decision)
        if decision.per_row:
            found[f"per_{decision.per_row}"] = {row.name or row.entity: o.choice for row, o in settling.per_row}
        if decision.shown:
            found["if_pursued"] = outcome.choice
        found["because"] = self._eased(decision) or self._because(outcome)
        found["against"] = self._against(outcome)
        found["runner_up"] = outcome.runner_up
        found["weakest_grade"] = self.explainer.weakest(outcome)
        found["provisional"] = self.provisional(decision)
        return found

    def choices(self) -> dict[str, Any]:
        """Return the choice of every decision by name, as it is shown."""
        return {d.name: self._choice(d)["choice"] for d in self.inference.knowledge.decisions if not d.derived}

    def _choice(self, decision: Decision) -> dict[str, Any]:
        shown = self.showing.shown(decision)
        if decision.choose == "main_and_more":
            first, *more = shown if isinstance(shown, tuple) else (None,)
            return {"choice": first, "also": more}
        return {"choice": as_data(shown)}

    def _because(self, outcome: Outcome) -> list[dict[str, Any]]:
        return self.explainer.reasons(self.inference.behind(outcome.carried))

    def _eased(self, decision: Decision) -> list[dict[str, Any]]:
        """Return why a decision is shown otherwise than it was settled, nothing where it is not."""
        found = []
        for hiding in self.showing.hiding(decision):
            reasons = self._because(self.inference.settlings[hiding.key].whole)
            for reason in reasons[:1]:
                choice = self.speaker.value(hiding.entity, hiding.name, self.showing.settled(hiding))
                found.append({**reason, "text": f"Eased, since {hiding.title.lower()} is: {choice}."})
        return found

    def _against(self, outcome: Outcome) -> list[dict[str, Any]]:
        found = []
        for lost in outcome.lost:
            for cast in self.inference.behind((lost.cast,)):
                entry = {**self.explainer.reason(cast), "speaks_for": lost.cast.option}
                beaten = [r for r in lost.beaten_by if r in self.inference.knowledge.by_id]
                entry["beaten_by"] = beaten or list(lost.beaten_by)
                if entry not in found:
                    found.append(entry)
        return found

    def label(self, decision: Decision, value: Held | None) -> str:
        """Return a choice as people read it."""
        return Speaker(self.inference.knowledge, self.inference.world, True).value(decision.entity, decision.name, value)

    def provisional(self, decision: Decision) -> bool:
        """Return whether one open answer could turn the decision; the main one also by a law, a veto or a must."""
        changes = [c for q in self.questions for c in q.could_change]
        return any(c.decision == decision.name or (decision.main and c.rule) for c in changes)

    # --- questions

    def asks_now(self, question: Question) -> bool:
        """Return whether a question is worth putting now: while the main decision quiets the rest, only one whose answers could
        turn that decision, be it together with another's, or bring a law or a veto."""
        if not question.now or not self.showing.quiet or self.main is None:
            return question.now
        brought = any(c.decision == self.main.name or c.strength in BINDING for c in question.could_change)
        return brought or question.worth.level == "together"

    def worth(self, question: Question) -> str:
        """Return in a few words how the answers to a question differ."""
        said = question.worth.sentence(self.inference.knowledge, self.speaker)
        if question.idle is None:
            return said
        fact = question.idle
        attribute = self.inference.knowledge.vocabulary.attribute(*fact.key)
        assert attribute is not None
        where = f"{fact.row.name}: {attribute.words}" if fact.row.name else attribute.words
        return f"not for now ({where}: {self.speaker.value(*fact.key, fact.value)}); {said}"

    @cached_property
    def stop(self) -> str:
        """Return the line that says that no open answer can change the main decision by itself, empty where one can."""
        if self.main is None or not stopped(self.questions, self.inference.knowledge):
            return ""
        rules = sorted({way.rule for q in self.questions for way in q.worth.ways})
        only = f"; only several together could ({listed(rules[:3])}{' and others' if rules[3:] else ''})" if rules else ""
        return f"No open answer by itself can change the {self.main.title.lower()}{only}."
