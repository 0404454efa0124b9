"""A training session on a stored case: the facts of a step are shown, the trainee commits to answers, then the rules speak.

Whoever holds the terminal passes lines in and prints the blocks; every answer is handed to `keep` before the next question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from ..blocks import Block, Heading, Items, Paragraph, command
from ..flipping import Flipping
from ..hearing import Misheard
from ..reading.cases import Case
from ..rules import Knowledge
from ..stories.storybook import Story, advised
from ..stories.walking import Stage
from ..wording import capital
from .cards import card, facts
from .contrasting import contrasts, flip_item
from .examining import contrasted, examination
from .grading import Grade, Item, kind
from .marks import Mark
from .picking import picked
from .scoresheet import graded, totals

CONTRASTS = 2
"""So many contrasts are asked at the end of a case."""
HINTED = "?"
"""Kept in place of an answer while only hints were taken."""
COMMITTED = ("choice", "facts")
"""What is committed to before anything is offered that tells of it."""
GO_ON = "Enter to go on, q to stop."
HELP = (
    ("numbers or words", "an answer; several with spaces or commas between them"), ("?", "what may be answered"),
    ("hint", "a hint, the next one telling more; each costs a point of this answer"), ("facts", "what is known, once more"),
    ("skip", "no answer to this"), ("back", "take the last answer of this step back"),
    ("quit", "stop; what was answered is kept, and the same command goes on"),
)  # fmt: skip

Keep = Callable[[Mark], Mark]
"""Keeps an answer, and returns the one that counts: another where the same was answered elsewhere meanwhile."""


class Leaf:
    """One page of a session: a step, or behind the last one the contrasts; what is asked on it, and what was answered."""

    def __init__(self, number: int, story: Story, look: str = ""):
        self.number, self.story, self.look = number, story, look
        steps = len(story.case.steps)
        self.contrasts = number > steps
        self.stage: Stage = story.walk.stage(min(number, steps))
        about = self.stage.step.expected.fires
        self.items = tuple(self._contrasts()) if self.contrasts else examination(self.stage.consultation, number == steps, about)
        self.grades: dict[str, Grade] = {}
        self.hints: Counter[str] = Counter()

    def _contrasts(self) -> Iterator[Item]:
        """Yield what is asked behind the last step; of facts that were offered there as what would turn it, nothing."""
        base = self.stage.consultation
        flip = flip_item(base.report(labels=True), Flipping(base.inference))
        offered = [offer.key.partition("=")[0] for offer in flip.offers] if flip else []
        flips = {name: self.story.walk.flipped(name) for name in self.story.case.flips}
        for contrast in islice(contrasts(base, flips, offered), CONTRASTS):
            yield contrasted(base, contrast)

    @property
    def asked(self) -> Item | None:
        """The first item that is not answered yet."""
        return next((item for item in self.items if item.name not in self.grades), None)

    def recall(self, marks: Sequence[Mark]) -> None:
        """Take up what was answered before."""
        found = {mark.item: mark for mark in marks if mark.step == self.number}
        for item in self.items:
            if (mark := found.get(item.name)) and mark.answer == HINTED:
                self.hints[item.name] = mark.hints
            elif mark:
                keys = mark.answer.split("; ")
                self.grades[item.name] = Grade(item, tuple(offer for offer in item.offers if offer.key in keys), mark.hints)

    def mark(self, grade: Grade, answer: str = "") -> Mark:
        """Return an answer as it is kept."""
        answer = answer or "; ".join(offer.key for offer in grade.chosen)
        return Mark(self.number, grade.item.name, answer, grade.got, grade.item.of, grade.hints, grade.item.topics)

    # --- words

    def opening(self) -> Iterator[Block]:
        """Yield what the page begins with: what happened, and what is known."""
        if self.contrasts:
            yield Heading("Contrasts", 2)
            yield Paragraph("The case as it stood at the end, with one fact otherwise.")
            return
        yield from card(self.story, self.stage)

    def closing(self) -> Iterator[Block]:
        """Yield what is said once all is answered: the answers graded, and what is advised."""
        yield from graded([self.grades[item.name] for item in self.items])
        if not self.contrasts:
            yield from advised(self.stage.consultation)
            main = self.story.knowledge.main
            look = f"{self.look} --on {self.stage.step.on.isoformat()} {main.name if main else ''}".rstrip()
            yield Paragraph(f"Down to the facts: {command(look)}")


class Training:
    """One trainee on one case; `look` is the command that opens a conclusion of the case, `why` says why it is this one,
    `again` the command that goes on with it.

    `over` is set when it is to end, `finished` when all was answered.
    """

    def __init__(self, case: Case, knowledge: Knowledge, keep: Keep, kept: Sequence[Mark] = (), look: str = "", why: str = "",
                 again: str = ""):  # fmt: skip
        self.story, self.keep, self.kept, self.look, self.why, self.again = Story(case, knowledge), keep, list(kept), look, why, again
        self.over = self.finished = self.waiting = False
        self.leaf = self._leaf(max((mark.step for mark in kept), default=1))

    def _leaf(self, number: int) -> Leaf:
        leaf = Leaf(number, self.story, self.look)
        leaf.recall(self.kept)
        return leaf

    def start(self) -> list[Block]:
        """Return the first words, the facts and the first question."""
        words = [self.why or "Going on where you stopped."] if self.kept else [self.why, "You answer first, then the rules speak."]
        said = [Paragraph(" ".join([word for word in words if word] + ["Write help for what can be written."]))]
        if self.leaf.asked is None:
            return [*said, *self._closed()]
        where = [Heading(self.story.case.title)] if self.leaf.number > 1 else []
        return [*said, *where, *self.leaf.opening(), *self._put()]

    def hear(self, line: str) -> list[Block]:
        """Return what comes back for a typed line."""
        said = " ".join(line.split())
        if said.lower() in ("q", "quit", "exit"):
            self.over = True
            return []
        act = _ALONE.get(said.lower())
        if self.waiting:
            return [Paragraph(f"This page is graded. {GO_ON}")] if act else list(self._turn())
        try:
            return list(act(self) if act else self._answer(said))
        except Misheard as error:
            return [Paragraph(capital(str(error)))]

    def leave(self) -> list[Block]:
        """Return the last words: what was earned so far."""
        shown = [mark for mark in self.kept if mark.answer != HINTED and (self.finished or self.waiting or mark.step < self.leaf.number)]
        blocks: list[Block] = [Heading("Points", 2), *totals(shown)] if shown else []
        if not self.finished and self.kept:
            kept = (
                f"To go on: {command(self.again)}"
                if self.again
                else "They were not kept: with --name NAME they are, and a session goes on."
            )
            blocks.append(Paragraph(f"Answers of a step are graded once all are given. {kept}"))
        elif not self.finished:
            blocks.append(Paragraph("Nothing was answered."))
        return blocks

    # --- going on

    @property
    def _item(self) -> Item:
        """The question that is before the trainee."""
        assert self.leaf.asked is not None
        return self.leaf.asked

    def _put(self) -> Iterator[Block]:
        """Yield the present question with its offers; facts are named by their numbers above."""
        item = self._item
        yield Heading(item.title, 3)
        yield Paragraph(item.ask)
        if item.kind != "facts":
            yield Items(tuple((offer.text, ()) for offer in item.offers))

    def _next(self) -> list[Block]:
        return list(self._put()) if self.leaf.asked else self._closed()

    def _closed(self) -> list[Block]:
        self.waiting = True
        return [*self.leaf.closing(), Paragraph(GO_ON)]

    def _turn(self) -> Iterator[Block]:
        """Turn to the next page; behind the last one stands how the case ended."""
        self.waiting = False
        if not self.leaf.contrasts:
            self.leaf = self._leaf(self.leaf.number + 1)
            if self.leaf.asked:
                yield from self.leaf.opening()
                yield from self._put()
                return
        self.over = self.finished = True
        yield from self.story.end().blocks

    # --- what can be written

    def _answer(self, said: str) -> list[Block]:
        item = self._item
        self._commit(Grade(item, picked(said, item), self.leaf.hints[item.name]))
        return self._next()

    def _commit(self, grade: Grade) -> None:
        mark = self.leaf.mark(grade)
        counts = self.keep(mark)
        if counts.answer == HINTED:  # in another terminal somebody took a hint, and did not answer
            mark = self.leaf.mark(replace(grade, hints=max(grade.hints, counts.hints)))
            counts = self.keep(mark)
        self.kept = [m for m in self.kept if (m.step, m.item) != (mark.step, mark.item)] + [counts]
        self.leaf.recall([counts])
        if counts != mark:
            raise Misheard("this was answered in another terminal meanwhile, and that answer counts; write facts to go on.")

    def _do_skip(self) -> list[Block]:
        item = self._item
        self._commit(Grade(item, (), self.leaf.hints[item.name]))
        return self._next()

    def _do_back(self) -> list[Block]:
        if not self.leaf.grades:
            raise Misheard("there is nothing to take back on this step.")
        name = list(self.leaf.grades)[-1]
        if kind(name) in COMMITTED and (self.leaf.asked is None or self.leaf.asked.kind not in COMMITTED):
            raise Misheard("the decisions are committed: what is offered here tells of them.")
        self.leaf.hints[name] = self.leaf.grades.pop(name).hints
        return list(self._put())

    def _do_hint(self) -> list[Block]:
        item = self._item
        taken = self.leaf.hints[item.name]
        if taken >= len(item.ladder):
            raise Misheard("there are no more hints for this.")
        self.leaf.hints[item.name] += 1
        self.keep(self.leaf.mark(Grade(item, (), taken + 1), HINTED))
        return [Paragraph(f"Hint {taken + 1} of {len(item.ladder)}: {item.ladder[taken]}")]

    def _do_explain(self) -> list[Block]:
        item = self._item
        how = "one number or word" if item.takes == 1 else f"up to {item.takes} numbers, with spaces between them"
        return [Paragraph(f"Write {how}; or hint, skip, back, facts, quit."), *self._put()]

    def _do_facts(self) -> list[Block]:
        return [*facts(self.leaf.stage), *self._put()]

    def _do_help(self) -> list[Block]:
        return [Items(tuple((f"{word}: {says}", ()) for word, says in HELP), numbered=False)]


_ALONE: dict[str, Callable[[Training], list[Block]]] = {
    "skip": Training._do_skip, "back": Training._do_back, "hint": Training._do_hint, "?": Training._do_explain,
    "facts": Training._do_facts, "help": Training._do_help,
}  # fmt: skip
