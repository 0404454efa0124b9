"""Packs the sheets of a training room: for each case its handouts, as Markdown and as HTML to print, and a guide to all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .. import layouts
from ..blocks import Block, Heading, Items, Paragraph, Table
from .handouts import Handouts, Sheet
from .printing import printed

BREAK = "\n\n---\n\n"
"""Between two pages of a sheet in Markdown."""
GUIDE = "guide"
USES = (
    ("1-cards", "trainees", "A card for each step, handed out one after the other; nothing on it says what is advised."),
    ("2-questions", "trainees", "What is asked on each step: a page for the decisions, then one that tells of them."),
    ("3-hints", "trainer", "Hints for those who are stuck, each telling more than the one before."),
    ("4-debrief", "trainer", "What is advised and why, what each answer earns, what would turn it, how it ended."),
    ("5-scores", "trainer", "A row for each trainee, to be filled in by hand."),
)
STEPS = (
    "Hand out the card of the first step and the page for its decisions. Everybody answers alone.",
    "When the decisions are in, hand out the next page, with what to do and to ask.",
    "Read hints aloud where a group is stuck, and note them: each costs a point of that answer.",
    "Debrief: let trainees give their reasons first, then show the rules' reasons, and fill in the points.",
    "Go on with the next step. Contrasts and the end come last.",
)


def packed(handouts: Iterable[Handouts], draw: layouts.Draw) -> Iterator[tuple[str, str]]:
    """Yield the files of a pack, each with its name in it: the sheets of every case in a folder of its own, then the guide."""
    titles = []
    for one in handouts:
        titles.append((one.case.id, one.case.title))
        for sheet in one.sheets():
            yield from _files(f"{one.case.id}/{sheet.name}", one.case.title, sheet, draw)
    guide = Sheet(GUIDE, "Guide", [tuple(_guide(titles))])
    yield from _files(GUIDE, "Session pack", guide, draw)


def _files(name: str, title: str, sheet: Sheet, draw: layouts.Draw) -> Iterator[tuple[str, str]]:
    yield f"{name}.md", BREAK.join(layouts.markdown(page, draw) for page in sheet.pages) + "\n"
    yield f"{name}.html", printed(title, sheet.title, sheet.pages, sheet.wide)


def _guide(titles: Sequence[tuple[str, str]]) -> Iterator[Block]:
    yield Heading("How to use this pack")
    yield Paragraph("Each folder holds a case. Every sheet is there twice: .html to print from a browser, .md to edit.")
    yield Table(("Folder", "Case"), tuple(titles), (24, 54))
    yield Table(("Sheet", "For", "What it is"), USES, (16, 12, 50))
    yield Heading("A session", 2)
    yield Items(tuple((step, ()) for step in STEPS))
    yield Paragraph("Keep what is for the trainer off the table: it holds every answer.")
