"""The stored cases most like one at hand, as people read them: what is alike, where they differ, how each ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..advising import Consultation
from ..blocks import Block, Heading, Items, Page, Paragraph, Table, command
from ..rules import Decision
from ..telling import Teller
from ..terms import Held, as_data
from ..wording import first_sentence, listed
from ..world import Cell
from .likening import Choice, Fact, Likening, Partners
from .recalling import Recalled, Sketched, recalled

SHOWN = 3
"""So many cases are shown, and so many people and rules of each."""
FEW = 5
"""So many facts of a case are shown, alike and otherwise."""
SHARES = (
    (1.0, "all", "all"), (0.75, "over three quarters", "over 3/4"), (0.5, "over half", "over 1/2"), (0.25, "over a quarter", "over 1/4"),
    (0.0, "under a quarter", "under 1/4"),
)  # fmt: skip
"""How much is alike, as coarsely as it means something: from which share on, in words and in a table."""


@dataclass
class Parallels:
    """Answers `similar` for one case that is worked out.

    `replay` returns the command that tells a stored case, by its id; `unread` counts the stored cases with mistakes.
    """

    consultation: Consultation
    stored: Sequence[Sketched]
    unread: int
    replay: Callable[[str], str]

    def __post_init__(self) -> None:
        self.found = recalled(self.consultation.dossier, self.consultation.showing, self.stored)
        self.here = Teller(self.consultation.inference)

    def page(self, everything: bool = False) -> Page:
        """Return the nearest cases, each with what is alike, what differs and how it ended; or (`everything`) all, a line each."""
        shown = self.found.cases if everything else self.found.cases[:SHOWN]
        name = self.consultation.dossier.title or self.consultation.dossier.file
        blocks: list[Block] = [Heading(f"Stored cases like {name}, {self.consultation.on.isoformat()}"), *self._head()]
        if everything and shown:
            blocks.append(_table(shown))
        elif not everything:
            blocks += [block for number, one in enumerate(shown, 1) for block in self._beside(one, number)]
        data = {
            "on": self.consultation.on.isoformat(), "dossier": {"file": self.consultation.dossier.file},
            "stored": len(self.found.cases), "unread": self.unread, "cases": [self._json(one) for one in shown],
        }  # fmt: skip
        return Page(tuple(blocks), data)

    def line(self, more: str, long: bool = False) -> list[Block]:
        """Return the nearest case by its title where one is close, or (`long`) with what it shares and its lesson, and the command
        for more; nothing where none is."""
        said = [(f"Close to a stored case: {one.case.title}", f"{self._in_short(one)} " if long else "") for one in self.found.close[:1]]
        return [Paragraph(f"{title}. {shared}More: {command(more)}") for title, shared in said]

    def _head(self) -> Iterator[Block]:
        many, close = len(self.found.cases), len(self.found.close)
        if not many:
            yield Paragraph("There is no other stored case to set beside it.")
        elif close:
            yield Paragraph(f"{close} of {many} stored cases {'is' if close == 1 else 'are'} close: more is alike than not in the facts, "
                            "in the decisions and in the rules. What few cases have counts most; what is not known of both does not "
                            "count.")  # fmt: skip
        else:
            yield Paragraph(f"None of the {many} stored cases is close. The least far come first; read where they differ.")
        if self.unread:
            are = (
                "case cannot be read with this rule base and is" if self.unread == 1 else "cases cannot be read with this rule base and are"
            )
            yield Paragraph(f"{self.unread} stored {are} left out (see {command('realms check')}).")

    # --- one case

    def _beside(self, one: Recalled, number: int) -> Iterator[Block]:
        case, step = one.case, one.case.steps[one.number - 1]
        likening = Likening(self.found, one)
        shares = [f"{_share(part.share)[0]} of the {name}" for name, part in one.likeness.parts.items()]
        yield Heading(f"{number}. {case.title}", 2)
        yield Paragraph(f"Step {one.number} of {len(case.steps)}, {step.on.isoformat()}: {step.what}")
        yield Paragraph(f"{_closeness(one)}. Of what is known of both, alike: {listed(shares)}.")
        yield from _items("What is alike", self._alike(likening))
        yield from _items("Where they differ (here; there)", self._differing(likening))
        yield Heading("How it ended", 3)
        yield Paragraph(case.happened)
        yield Paragraph(f"Lesson: {case.lesson}")
        yield Paragraph(
            f"Read it: {command(self.replay(case.id))}" + (f" (this step alone: --step {one.number})" if len(case.steps) > 1 else "")
        )

    def _in_short(self, one: Recalled) -> str:
        """Return the main choices and the rarest recorded word that a case shares, and the first sentence of its lesson."""
        likening = Likening(self.found, one)
        choices = [choice for choice in likening.decided if choice.mine == choice.theirs]
        choices.sort(key=lambda choice: (not choice.decision.main, not choice.decision.headline))
        known = [f for f in likening.known if f.mine.key not in self.consultation.knowledge.settles and isinstance(f.mine.value, str)]
        shared = "; ".join([*map(self._decided, choices[:2]), *(self._known(fact, Teller(likening.there)) for fact in known[:1])])
        return f"In both, {shared}. Its lesson: {first_sentence(one.case.lesson)}"

    def _alike(self, likening: Likening) -> Iterator[str]:
        there = Teller(likening.there)
        if same := [self._decided(choice) for choice in likening.decided if choice.mine == choice.theirs]:
            yield f"Decided alike: {'; '.join(same)}"
        if known := [self._known(fact, there) for fact in likening.known[:FEW]]:
            yield f"Known alike: {'; '.join(known)}"
        yield from (self._partners(entry, there) for entry in likening.partners[:SHOWN])
        many = len(self.found.cases)
        fire = [f"{rule.title} ({rule.id}, in {self.found.firing[rule.id]} of {many} cases)" for rule in likening.firing[:SHOWN]]
        if fire:
            yield f"Rules that fire in both: {'; '.join(fire)}"
        stopped = [f"{s.rule.title} ({s.rule.id}, by {self._subject(s.mine)})" for s in islice(likening.stopped(), SHOWN)]
        if stopped:
            yield f"Rules that the same fact stops in both: {'; '.join(stopped)}"

    def _differing(self, likening: Likening) -> Iterator[str]:
        there = Teller(likening.there)
        for choice in likening.decided:
            if choice.mine != choice.theirs:
                yield f"{choice.decision.title}: {self._label(choice.decision, choice.mine)}; {self._label(choice.decision, choice.theirs)}"
        for fact in likening.differing[:FEW]:
            who = f" ({there.owner(fact.theirs.row)})" if fact.trait.rows else ""
            value, other = self.here.value(fact.mine, fact.mine.value), there.value(fact.theirs, fact.theirs.value)
            yield f"{self._subject(fact.mine)}: {value}; {other}{who}"

    # --- words

    def _decided(self, choice: Choice) -> str:
        return f"{choice.decision.title.lower()}: {self._label(choice.decision, choice.mine)}"

    def _label(self, decision: Decision, value: Held) -> str:
        return self.here.names.value(decision.entity, decision.name, value)

    def _known(self, fact: Fact, there: Teller) -> str:
        return f"{self._subject(fact.mine)}: {self._same(fact, there)}"

    def _same(self, fact: Fact, there: Teller) -> str:
        """Return what is alike, of a number also what it is there."""
        value, other = self.here.value(fact.mine, fact.mine.value), there.value(fact.theirs, fact.theirs.value)
        return value if value == other else f"{value} (there {other})"

    def _subject(self, cell: Cell) -> str:
        """Return what a sentence about two cases calls a fact: of a single row without the name that it has in one of them."""
        entity = self.consultation.knowledge.vocabulary.entities[cell.row.entity]
        attribute = self.here.attribute(cell)
        owner = self.here.owner(cell.row) if entity.many else entity.words
        return f"{owner}'s {attribute.words if attribute else cell.attribute}"

    def _partners(self, entry: Partners, there: Teller) -> str:
        mine, theirs = self.here.owner(entry.mine), there.owner(entry.theirs)
        said = [f"{self._attribute(fact)}: {self._same(fact, there)}" for fact in entry.alike[:FEW]]
        return f"{mine}{f' (there {theirs})' if theirs != mine else ' in both'}: {'; '.join(said)}"

    def _attribute(self, fact: Fact) -> str:
        attribute = self.here.attribute(fact.mine)
        return attribute.words if attribute else fact.mine.attribute

    # --- data

    def _json(self, one: Recalled) -> dict[str, Any]:
        case, likening = one.case, Likening(self.found, one)
        facts = [*likening.known, *(fact for entry in likening.partners for fact in entry.alike)]
        return {
            "case": case.id, "title": case.title, "step": one.number, "of": len(case.steps), "close": one.close,
            "parts": {n: {"shared": round(p.shared, 2), "of": round(p.of, 2)} for n, p in one.likeness.parts.items()},
            "alike": {
                "decisions": {c.decision.name: as_data(c.mine) for c in likening.decided if c.mine == c.theirs},
                "facts": [_fact(fact) for fact in facts], "fire": [rule.id for rule in likening.firing],
                "stopped": [{"rule": s.rule.id, "by": s.mine.address, "there": s.theirs.address} for s in likening.stopped()],
            },
            "differ": {
                "decisions": {c.decision.name: [as_data(c.mine), as_data(c.theirs)] for c in likening.decided if c.mine != c.theirs},
                "facts": [_fact(fact) for fact in likening.differing],
            },
            "happened": case.happened, "lesson": case.lesson, "replay": self.replay(case.id),
        }  # fmt: skip


def _closeness(one: Recalled) -> str:
    if one.close:
        return "Close"
    return "Too little is known of both to call it close" if one.likeness.mostly_alike else "Not close"


def _items(title: str, said: Iterable[str]) -> Iterator[Block]:
    if texts := tuple((text, ()) for text in said):
        yield Heading(title, 3)
        yield Items(texts, numbered=False)


def _table(shown: Iterable[Recalled]) -> Table:
    rows = tuple(
        (one.case.id, f"{one.number} of {len(one.case.steps)}", "yes" if one.close else "no",
         *(_share(part.share)[1] for part in one.likeness.parts.values()))
        for one in shown
    )  # fmt: skip
    return Table(("Case", "Step", "Close", "Facts", "Decided", "Rules"), rows, (30, 6, 5, 9, 9, 9))


def _share(share: float) -> tuple[str, str]:
    return next((words, short) for least, words, short in SHARES if share >= least)


def _fact(fact: Fact) -> dict[str, Any]:
    return {"fact": fact.mine.address, "there": fact.theirs.address, "values": [as_data(fact.mine.value), as_data(fact.theirs.value)]}
