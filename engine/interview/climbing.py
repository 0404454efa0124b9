"""Why a question is asked, step by step: what its answers differ in, where each leads, then the rules behind it, one by one."""

from __future__ import annotations

from collections.abc import Iterator

from ..advising import Consultation
from ..asking import Question
from ..blocks import Block, Items, Paragraph
from ..inferring import Inference, varied
from ..limits import Limits
from ..rulebook import Rulebook
from ..rules import Decision
from ..showing import Showing
from ..terms import Value
from ..waiting import Waiting
from ..wording import either


def step(consultation: Consultation, question: Question, number: int) -> list[Block]:
    """Return one step of the reasons, counted from 0; one that says so where there are no more."""
    climb = _Climb(consultation, question)
    if number == 0:
        return list(climb.answers())
    rules = climb.rules()
    if number <= len(rules):
        return list(Rulebook(consultation.knowledge).rules([rules[number - 1]]).blocks)
    return [Paragraph("There is no rule behind this that has not been shown.")]


class _Climb:
    def __init__(self, consultation: Consultation, question: Question):
        self.consultation, self.question = consultation, question
        self.report = consultation.report(labels=True)
        self.now = consultation.showing
        assert question.open is not None
        row, name = question.open
        self.attribute = consultation.knowledge.vocabulary.entities[row.entity].attributes[name]
        limits = Limits(consultation.knowledge, consultation.inference.world)
        self.trials = [(value, self._trial(value)) for value in limits.answers(row.entity, name)]

    def _trial(self, value: Value) -> Inference:
        assert self.question.open is not None
        return varied(self.consultation.inference, {self.question.open: value})

    def answers(self) -> Iterator[Block]:
        """Yield what the question is worth, and where each answer leads."""
        yield Paragraph(f"Asked because: {self.report.worth(self.question)}.")
        groups: dict[str, list[int]] = {}
        for at, (_, trial) in enumerate(self.trials):
            groups.setdefault(self._leads(trial), []).append(at)
        yield Items(tuple((f"{self._said(places)}: {leads}", ()) for leads, places in groups.items()), numbered=False)
        rules = self.rules()
        more = f" and {len(rules) - 5} more" if len(rules) > 5 else ""
        if rules:
            yield Paragraph(f"Behind it: {', '.join(rules[:5])}{more}. Write why again to see the rule.")

    def _said(self, places: list[int]) -> str:
        """Return the answers at some places of those tried; of numbers as stretches from one bound to another."""
        if not self.attribute.numeric:
            return either(self.attribute.label(self.trials[at][0]) for at in places)
        runs: list[list[int]] = []
        for at in places:
            if runs and runs[-1][-1] == at - 1:
                runs[-1].append(at)
            else:
                runs.append([at])
        return either(self._stretch(run[0], run[-1]) for run in runs)

    def _stretch(self, first: int, last: int) -> str:
        """Return a stretch of numbers; bounds stand at even places, at odd ones a number between two of them."""
        low, high = (_plain(self.trials[at][0]) for at in (first - first % 2, last + last % 2))
        start = f"over {low}" if first % 2 else f"{low}"
        return start if first == last and not first % 2 else f"{start} to {'under ' if last % 2 else ''}{high}"

    def _leads(self, trial: Inference) -> str:
        shown = Showing(trial)
        turned = self._turned(shown)
        said = [f"{d.title.lower()} {self._label(d, shown)}" + self._by(trial, d) for d in turned[:2]]
        strong = sorted({rule for rule, *_ in shown.strong - self.now.strong})
        if strong and not any(d.main for d in turned):
            said.append(", ".join(strong[:3]) + (" and others" if strong[3:] else ""))
        return "; ".join(said) or ("other lines of advice" if trial.refired else "as it is now")

    def _turned(self, shown: Showing) -> list[Decision]:
        return sorted(shown.turned(self.now), key=lambda d: (not d.main, not d.headline))

    def _label(self, decision: Decision, shown: Showing) -> str:
        choice = shown.shown(decision)
        return "none" if choice is None else self.report.label(decision, choice)

    def _by(self, trial: Inference, decision: Decision) -> str:
        rules = self._carriers(trial, decision)
        return f" ({', '.join(rules)})" if rules else ""

    def _carriers(self, trial: Inference, decision: Decision) -> list[str]:
        return sorted({cast.firing.rule for cast in trial.behind(trial.settlings[decision.key].whole.carried)})

    def rules(self) -> list[str]:
        """Return the rules behind the question: those that carry another choice, those that a strong answer brings, those
        that wait for it."""
        found: dict[str, None] = {}
        worth = self.question.worth
        if worth.pair:
            found[worth.pair.rule] = None
        shown = [(trial, Showing(trial)) for _, trial in self.trials]
        for trial, showing in shown:
            found.update(dict.fromkeys(rule for d in self._turned(showing)[:1] for rule in self._carriers(trial, d)))
        for _, showing in shown:
            found.update(dict.fromkeys(sorted({rule for rule, *_ in showing.strong - self.now.strong})))
        for trial, _ in shown:
            found.update(dict.fromkeys(sorted(r for r in trial.refired if trial.knowledge.by_id[r].lines and r in trial.firings)))
        if worth.level == "nothing":
            found.update(dict.fromkeys(way.rule for way in worth.ways))
        waits = Waiting(self.consultation.inference).waits
        found.update(dict.fromkeys(wait.rule.id for wait in waits if self.question.open in wait.missing))
        return list(found)


def _plain(value: Value) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
