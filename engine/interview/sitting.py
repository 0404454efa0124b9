"""A dossier being asked about: what an answer does to it and its file, what was left open, what comes next."""

from __future__ import annotations

import datetime

from ..advising import Consultation, consult
from ..blocks import Block, Paragraph
from ..hearing import Misheard, graded, meant, names
from ..problems import Unusable
from ..rules import Knowledge
from ..terms import Attribute, Entity
from ..wording import listed
from ..world import WorldRow
from .editing import Row, with_fact, with_mark, with_row, without_fact, written
from .keeping import Keeper, left_open, with_left_open
from .prompting import Asked, asked_for, best, put


class Sitting:
    """What is known and asked at one moment; every answer is in the file before the next question is chosen."""

    def __init__(self, knowledge: Knowledge, keeper: Keeper, on: datetime.date):
        self.knowledge, self.keeper, self.on = knowledge, keeper, on
        self.over = False
        self.left = left_open(keeper.text)
        self.undo: list[tuple[str, str, str]] = []
        self.consultation: Consultation = consult(knowledge, keeper.dossier, on)
        self.stopped = self.more = False
        self.asked: Asked | None = None

    # --- answers

    def _answer(self, asked: Asked, said: str) -> list[Block]:
        if asked.names_of:
            return self._listed(asked.names_of, said)
        assert asked.row is not None and asked.attribute is not None
        if asked.value is not None:
            grade, by = graded(said)
            if grade != "assumed" or by:
                self._save(with_fact(self.keeper.text, self._row(asked.row), asked.attribute.name, self._fact(asked, grade, by)))
            return self._next()
        asked.value = meant(asked.attribute, said)
        self._remember(asked.fact, f"{asked.fact} = {asked.value}")
        try:
            self._save(with_fact(self.keeper.text, self._row(asked.row), asked.attribute.name, self._fact(asked)), answered=asked.fact)
        except (Misheard, Unusable):
            asked.value = None
            raise
        if self._carries(asked.row, asked.attribute):
            self.asked = asked
            return self._put()
        return self._next()

    def _fact(self, asked: Asked, grade: str = "assumed", by: str = "") -> str:
        """Return a fact as it is written: short, or with what makes it count for longer or go stale."""
        attribute = asked.attribute
        assert attribute is not None
        more = [f"grade: {grade}"] if grade != "assumed" else []
        more += [f"by: {written(by)}"] if by else []
        more += [f"on: {self.on.isoformat()}"] if more or attribute.stale_after or attribute.moves else []
        return f"{{{', '.join([f'value: {asked.value}', *more])}}}" if more else str(asked.value)

    def _listed(self, entity: Entity, said: str) -> list[Block]:
        text, found = self.keeper.text, names(said)
        for name in found:
            text = self._with_another(text, entity, name)
        if not found:
            text = with_mark(text, f"{entity.many}_complete", "yes")
        self._remember(entity.many, f"{entity.many} = {', '.join(found) or 'none'}")
        self._save(text, answered=entity.many)
        noted = f"Added to {entity.many}: {listed(found)}." if found else f"Noted: there are no {entity.many}."
        return [Paragraph(noted), *self._next()]

    def _with_another(self, text: str, entity: Entity, name: str) -> str:
        if any(row.name == name for row in self.consultation.world.rows[entity.name]):
            raise Misheard(f"there is already a {entity.name} called {name}.")
        return with_row(text, Row(entity, name))

    def _carries(self, row: WorldRow, attribute: Attribute) -> bool:
        """Return whether a decision of the headline rests on a fact, so that it matters how well it is known."""
        decisions = [d for d in self.knowledge.decisions if d.main or d.headline]
        return (row, attribute.name) in self.consultation.report().explainer.under(d.key for d in decisions)

    # --- the file

    def _row(self, row: WorldRow) -> Row:
        entity = self.knowledge.vocabulary.entities[row.entity]
        return Row(entity, row.name if entity.many else "")

    def _remember(self, fact: str, did: str) -> None:
        """Remember what stands in the file and is asked, so that what is done now can be taken back."""
        self.undo.append((self.keeper.text, fact, did))

    def _save(self, text: str, answered: str = "") -> None:
        """Save a text and work the case out again; what is answered is open no more."""
        for facts in self.left.values() if answered else ():
            facts[:] = [fact for fact in facts if fact != answered]
        text = with_left_open(text, self.left)
        if text != self.keeper.text:
            before = self.keeper.dossier.sha256
            try:
                self.keeper.save(text)
            except Unusable as error:
                if self.undo and not any(p.code in ("N101", "N102", "V121") for p in error.problems):
                    self.undo.pop()
                    raise Misheard(f"that cannot be written there: {error.problems[0].message}; change the file by hand.") from error
                raise
            if not before or self.keeper.dossier.sha256 != before:
                self.consultation = consult(self.knowledge, self.keeper.dossier, self.on)

    # --- what comes next

    def _leave_open(self, how: str) -> list[Block]:
        asked = self.asked
        if asked is None or asked.value is not None:
            return self._next()
        self._remember(asked.fact, f"{asked.fact} left open")
        for facts in self.left.values():
            facts[:] = [fact for fact in facts if fact != asked.fact]
        self.left[how].append(asked.fact)
        known = asked.row and (asked.row, asked.attribute.name if asked.attribute else "") in self.consultation.world.facts
        text = self.keeper.text
        if known and how == "unknown" and asked.row and asked.attribute:
            text = without_fact(text, self._row(asked.row), asked.attribute.name)
        self._save(text)
        return self._next()

    def _next(self) -> list[Block]:
        """Return the most valuable question that was not left open, what was skipped after all others."""
        blocks: list[Block] = []
        asked = self._best()
        if asked is None and self.left["skipped"]:
            blocks.append(Paragraph("Now what was skipped:"))
            self.left["skipped"].clear()
            self._save(self.keeper.text)
            asked = self._best()
        stop = self.consultation.report(labels=True).stop
        if stop and not self.stopped and self.keeper.dossier.rows:
            blocks.append(Paragraph(f"{stop} Go on for what else is to be done, or write so far, or quit."))
        self.stopped = bool(stop)
        if asked is None:
            self.asked = None
            return [*blocks, Paragraph(self._end())]
        return [*blocks, *self._ask(asked)]

    def _best(self, more: bool = False) -> Asked | None:
        return best(self.consultation, {fact for facts in self.left.values() for fact in facts}, more or self.more)

    def _end(self) -> str:
        """Return what is said where there is nothing left to ask."""
        more = "more to be asked what counts only together with other answers or not for now, " if self._best(more=True) else ""
        idle = any(question.idle for question in self.consultation.questions if question.could_change)
        what = "question that fits the case as it stands" if idle else "open answer by itself"
        return f"No {what} would change what is advised. Write so far for the advice, {more}edit or add, or quit."

    def _asked(self, fact: str) -> Asked | None:
        return asked_for(fact, self.consultation)

    def _ask(self, asked: Asked | None) -> list[Block]:
        self.asked = asked
        return self._put() if asked else self._next()

    def _put(self) -> list[Block]:
        return put(self.asked, self.consultation) if self.asked else []
