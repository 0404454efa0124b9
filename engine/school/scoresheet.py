"""What a trainee is told of the answers given: each beside what would have been right and why, and the points so far."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from ..blocks import Block, Heading, Items, Paragraph, Table
from ..wording import capital
from .grading import Grade, Offer, kind
from .marks import Mark

KINDS = {
    "choice": "Decisions", "facts": "The facts that decide", "acts": "Next actions", "questions": "Next questions",
    "flip": "What would turn it", "contrast": "Contrasts",
}  # fmt: skip
SHORT = 100
"""So many characters of an offer are repeated where it is graded."""


def graded(grades: Sequence[Grade]) -> Iterator[Block]:
    """Yield each answer with its points, and what was right, weighed wrong, invented or missed."""
    yield Heading("How you answered", 3)
    yield Items(tuple((f"{_head(grade)}", tuple(_notes(grade))) for grade in grades), numbered=False)
    got, of = sum(grade.got for grade in grades), sum(grade.item.of for grade in grades)
    yield Paragraph(f"{got} of {of} points.")


def _head(grade: Grade) -> str:
    hints = f", after {grade.hints} hint{'s' * (grade.hints > 1)}" if grade.hints else ""
    told = f", less {grade.told} for hints that named facts" if grade.told else ""
    return f"{grade.item.title}: {grade.got} of {grade.item.of}{hints}{told}"


def _notes(grade: Grade) -> Iterator[str]:
    if not grade.chosen:
        yield "no answer"
    if grade.item.kind in ("choice", "contrast"):
        yield from _choice(grade)
        return
    yield from (_said(offer.verdict, offer) for offer in grade.chosen)
    lacking = "missed" if grade.got + grade.hints + grade.told < grade.item.of else "also"
    yield from (_said(lacking, offer) for offer in grade.missed)


def _choice(grade: Grade) -> Iterator[str]:
    right = grade.item.best[0]
    if right in grade.chosen:
        yield f"right: {right.text}. {capital(right.why)}"
        return
    yield f"it is: {right.text}. {capital(right.why)}"
    yield from (f"you said {offer.text}: {offer.why}" for offer in grade.chosen)


def _said(verdict: str, offer: Offer) -> str:
    text = textwrap.shorten(offer.text, SHORT, placeholder=" [...]")
    return f"{verdict}: {text}" + (f" ({offer.why})" if offer.why else "")


def totals(marks: Sequence[Mark]) -> Iterator[Block]:
    """Yield the points of marks by the kind of what was asked."""
    found = [(title, [mark for mark in marks if kind(mark.item) == name]) for name, title in KINDS.items()]
    rows = [_row(title, group) for title, group in (*found, ("In all", marks)) if group]
    yield Table(("Asked", "Points", "Of", "Hints"), tuple(rows), (30, 6, 5, 5))


def _row(title: str, marks: Sequence[Mark]) -> tuple[str, ...]:
    return title, *(str(sum(number)) for number in zip(*((m.got, m.of, m.hints) for m in marks), strict=True))
