"""Walks a stored case: each step worked out when it is come to, with what changed since the one before."""

from __future__ import annotations

from dataclasses import dataclass

from ..advising import Consultation, consult
from ..problems import Problem, Unusable
from ..reading.cases import Case, Step
from ..rules import Knowledge
from .learning import Learned, learned
from .replaying import Difference, differences
from .turning import Turning, turning


@dataclass(frozen=True)
class Stage:
    """A step worked out: what was learned, what changed since the step before (None at the first), and what the case
    records otherwise."""

    number: int
    step: Step
    consultation: Consultation
    learned: tuple[Learned, ...]
    turning: Turning | None
    differences: tuple[Difference, ...]


class Walk:
    """A case step by step."""

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

    def stage(self, number: int) -> Stage:
        """Return a step with all that is to be told of it."""
        step, now = self.case.steps[number - 1], self.consultation(number)
        turned = turning(self.consultation(number - 1), now) if number > 1 else None
        news = turned.learned if turned else tuple(learned(None, now.world, self.knowledge.vocabulary))
        return Stage(number, step, now, news, turned, tuple(differences(self.knowledge, step)))

    def flipped(self, name: str) -> Consultation:
        """Return the advice with one of the case's flips."""
        flip = self.case.flips[name]
        return consult(self.knowledge, flip.dossier, flip.on)

    def flip(self, name: str) -> Turning:
        """Return what a flip would have changed at the end."""
        return turning(self.consultation(len(self.case.steps)), self.flipped(name))


def numbers(case: Case, step: int | None, to_end: bool) -> range:
    """Return the steps to tell: all, one, or (`to_end`) all from that one on. Raises Unusable where there is no such step."""
    last = len(case.steps)
    if step is not None and step > last:
        help = f"it has {last} steps" if last > 1 else "it has one step"
        raise Unusable([Problem("C114", f"case {case.id} has no step {step}", (case.place,), help)])
    return range(step or 1, step + 1 if step and not to_end else last + 1)
