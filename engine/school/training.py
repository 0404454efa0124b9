"""A training session on a stored case: the facts of a step are shown, the trainee commits to answers, then the rules speak.

Whoever holds the terminal passes lines in and prints the blocks; every answer is handed to `keep` before the next question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ..blocks import Block, Heading, Items, Paragraph, command
from ..hearing import Misheard
from ..reading.cases import Case
from ..rules import Knowledge
from ..stories.storybook import Story
from ..wording import capital
from .cards import facts
from .grading import Grade, Item, kind
from .leaves import COMMITTED, Leaf
from .marks import HINTED, Mark
from .picking import picked
from .scoresheet import totals

ELSEWHERE = "this was answered in another terminal meanwhile, and that answer counts; write facts to go on."
GO_ON = "Enter to go on, q to stop."
HELP = (
    ("numbers or words", "an answer; several with spaces or commas between them"), ("?", "what may be answered"),
    ("hint", "a hint, the next one telling more; each costs a point of this answer"), ("facts", "what is known, once more"),
    ("skip", "no answer to this"), ("back", "take the last answer of this step back"),
    ("quit", "stop; what was answered is kept, and the same command goes on"),
)  # fmt: skip

Keep = Callable[[Mark], Mark]
"""Keeps an answer, and returns the one that counts: another where the same was answered elsewhere meanwhile."""


class Training:
    """One trainee on one case; `look` is the command that opens a conclusion of the case, `why` says why it is this one,
    `again` the command that goes on with it; `graded` is told each step whose points are shown.

    `over` is set when it is to end, `finished` when all was answered.
    """

    def __init__(self, case: Case, knowledge: Knowledge, keep: Keep, kept: Sequence[Mark] = (), look: str = "", why: str = "",
                 again: str = "", graded: Callable[[int], None] = lambda step: None):  # fmt: skip
        self.story, self.keep, self.kept, self.look, self.why, self.again = Story(case, knowledge), keep, list(kept), look, why, again
        self.graded = graded
        self.given: set[tuple[int, str]] = set()
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
        self.graded(self.leaf.number)
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
        self._commit(self.leaf.grade(item, picked(said, item), self.leaf.hints[item.name]))
        return self._next()

    def _commit(self, grade: Grade) -> None:
        mark = self.leaf.mark(grade)
        counts = self.keep(mark)
        if counts.answer == HINTED:  # in another terminal somebody took a hint, and did not answer
            mark = self.leaf.mark(replace(grade, hints=max(grade.hints, counts.hints)))
            counts = self.keep(mark)
        self._take_up(counts)
        if counts != mark:
            raise Misheard(ELSEWHERE)

        self.given.add((mark.step, mark.item))

    def _take_up(self, mark: Mark) -> None:
        """Go on with a mark that counts."""
        self.kept = [m for m in self.kept if (m.step, m.item) != (mark.step, mark.item)] + [mark]
        self.leaf.recall([mark])

    def _do_skip(self) -> list[Block]:
        item = self._item
        self._commit(self.leaf.grade(item, (), self.leaf.hints[item.name]))
        return self._next()

    def _do_back(self) -> list[Block]:
        if not self.leaf.grades:
            raise Misheard("there is nothing to take back on this step.")
        name = list(self.leaf.grades)[-1]
        if kind(name) in COMMITTED and (self.leaf.asked is None or self.leaf.asked.kind not in COMMITTED):
            raise Misheard("the decisions are committed: what is offered here tells of them.")
        if (self.leaf.number, name) not in self.given:
            raise Misheard("the answer before was not given here, or before you came back; it stands.")
        self._hinted(self.leaf.grades.pop(name).item, self.leaf.hints[name])
        return list(self._put())

    def _do_hint(self) -> list[Block]:
        item = self._item
        taken = self.leaf.hints[item.name]
        if taken >= len(item.ladder):
            raise Misheard("there are no more hints for this.")
        self._hinted(item, taken + 1)
        also = " It tells of the facts too, and costs a point there." if taken < item.tells and item.kind == "choice" else ""
        return [Paragraph(f"Hint {taken + 1} of {len(item.ladder)}: {item.ladder[taken]}{also}")]

    def _hinted(self, item: Item, hints: int) -> None:
        """Keep that there is no answer, and so many hints; of those taken in another terminal none is lost."""
        counts = self.keep(self.leaf.mark(Grade(item, (), hints), HINTED))
        self._take_up(counts)
        if counts.answer != HINTED:
            raise Misheard(ELSEWHERE)

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
