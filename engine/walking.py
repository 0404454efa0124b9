"""Walks a stored case: each step worked out when it is come to, with what changed since the one before."""

from __future__ import annotations

from .advising import Consultation, consult
from .learning import Learned, learned
from .reading.cases import Case
from .replaying import Difference, differences
from .rules import Knowledge
from .turning import Turning, turning


class Walk:
    """A case step by step, each worked out when it is come to."""

    def __init__(self, case: Case, knowledge: Knowledge):
        self.case = case
        self.knowledge = knowledge
        self._worked: dict[int, Consultation] = {}

    def consultation(self, number: int) -> Consultation:
        """Return the advice at a step; steps count from 1."""
        if number not in self._worked:
            step = self.case.steps[number - 1]
            self._worked[number] = consult(self.knowledge, step.dossier, step.on)
        return self._worked[number]

    def turning(self, number: int) -> Turning | None:
        """Return what changed from the step before, None at the first."""
        return turning(self.consultation(number - 1), self.consultation(number)) if number > 1 else None

    def learned(self, number: int) -> list[Learned]:
        before = self.consultation(number - 1).world if number > 1 else None
        return learned(before, self.consultation(number).world, self.knowledge.vocabulary)

    def differences(self, number: int) -> list[Difference]:
        return list(differences(self.knowledge, self.case.steps[number - 1]))

    def flip(self, name: str) -> Turning:
        """Return what a flip would have changed at the end."""
        flip = self.case.flips[name]
        return turning(self.consultation(len(self.case.steps)), consult(self.knowledge, flip.dossier, flip.on))
