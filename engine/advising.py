"""From a dossier to advice, in order: what counts on the date, what follows, what is shown, what to ask, what to do."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import records
from .asking import Question, questions
from .facts import Dossier
from .inferring import Inference
from .matching import consulted
from .outlining import Document
from .planning import Plan, planned
from .reporting import Report
from .rules import Knowledge
from .showing import Showing
from .wording import Speaker
from .world import World, world_of


@dataclass
class Consultation:
    """One case worked out on a date."""

    knowledge: Knowledge
    dossier: Dossier
    on: datetime.date
    world: World
    inference: Inference
    questions: list[Question]

    @cached_property
    def showing(self) -> Showing:
        return Showing(self.inference)

    def report(self, labels: bool = False) -> Report:
        """Return the advice in words, by the labels that people read or by the bare words of the vocabulary."""
        return self._reports[labels]

    @cached_property
    def _reports(self) -> dict[bool, Report]:
        speakers = {labels: Speaker(self.knowledge, self.inference.world, labels) for labels in (False, True)}
        return {labels: Report(self.inference, self.showing, self.questions, speaker) for labels, speaker in speakers.items()}

    def plan(self, labels: bool = False) -> Plan:
        if labels not in self._plans:
            report = self.report(labels)
            self._plans[labels] = planned(self.inference, report.lines.tasks(), self.on, report.speaker, self.showing.quiet)
        return self._plans[labels]

    @cached_property
    def _plans(self) -> dict[bool, Plan]:
        return {}

    def document(self, labels: bool = False) -> dict[str, Any]:
        """Return the document to write and what goes with it; empty where the knowledge has no outlines."""
        outlines = self.knowledge.outlines
        return Document(outlines, self.report(labels)).as_json() if outlines else {}

    def parts(self, report: Report, labels: bool) -> dict[str, Any]:
        """Return the parts of the advice that have a name of their own: choices listed apart, and the document."""
        found = records.parts(report)
        if outlines := self.knowledge.outlines:
            found.setdefault(outlines.listed_in, {}).update(self.document(labels))
        return found

    def as_json(self, labels: bool = False) -> dict[str, Any]:
        """Return the advice as DESIGN section 6 lays it out."""
        report = self.report(labels)
        return {
            "on": self.on.isoformat(),
            "dossier": {"file": self.dossier.file, "sha256": self.dossier.sha256},
            "knowledge": {"sha256": self.knowledge.sha256, "rules": len(self.knowledge.rules)},
            "decisions": records.decisions(report),
            **self.parts(report, labels),
            "plan": records.plan(self.plan(labels)),
            "advice": records.advice(report),
            "held_back": report.lines.held_back,
            "questions": records.questions(report),
            "stop": report.stop or None,
            "derived": records.derived(report),
            "scorecards": records.scorecards(report),
            "expired": records.expired(report),
            "drafts": records.drafts(report),
            "fired": list(self.showing.fired),
        }


def consult(knowledge: Knowledge, dossier: Dossier, on: datetime.date) -> Consultation:
    """Return the dossier worked out as of a date."""
    world = world_of(dossier, knowledge.vocabulary, on)
    inference = consulted(knowledge, world)
    asked = questions(inference)
    inference.fire_late(len(asked))
    return Consultation(knowledge, dossier, on, world, inference, asked)
