"""One page of a training session: a step of a case, or behind the last one the contrasts; what is asked on it, and what was answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from ..blocks import Block, Heading, Paragraph, command
from ..flipping import Flipping
from ..stories.storybook import Story, advised
from ..stories.walking import Stage
from .cards import card
from .contrasting import contrasts, flip_item
from .examining import contrasted, examination
from .grading import Grade, Item, Offer
from .marks import HINTED, Mark
from .scoresheet import graded

CONTRASTS = 2
"""So many contrasts are asked at the end of a case."""
COMMITTED = ("choice", "facts")
"""What is committed to before anything is offered that tells of it."""


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
                self.grades[item.name] = self.grade(item, [offer for offer in item.offers if offer.key in keys], mark.hints)

    def grade(self, item: Item, chosen: Sequence[Offer], hints: int) -> Grade:
        """Return an answer graded, in the light of the hints taken on it and on the question before."""
        before = next((other for other in self.items if other.name == item.name.replace("facts", "choice", 1)), item)
        taken = self.grades[before.name].hints if before.name in self.grades else self.hints[before.name]
        return Grade(item, tuple(chosen), hints, min(taken, before.tells) if before is not item else 0)

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
