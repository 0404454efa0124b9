"""The document as people read it: what to write section by section, from what, what is still missing, and what goes with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .blocks import Block, Heading, Items, Paragraph, Table
from .outlines import Grid, Outlines


def paper(found: dict[str, Any], outlines: Outlines | None) -> Iterator[Block]:
    """Yield the document worked out as records (`found`) as a page; nothing where there is none."""
    if outlines is not None and found.get("document"):
        yield from _Paper(found, outlines).blocks()


@dataclass
class _Paper:
    found: dict[str, Any]
    outlines: Outlines
    asked: set[str] = field(default_factory=set)

    def blocks(self) -> Iterator[Block]:
        head = self.found["document"]
        yield Heading(f"What to write, {head['title'][:1].lower()}{head['title'][1:]}", 2)
        yield Paragraph(f"Source: {head['source']}.")
        yield from (Paragraph(note) for note in head["notes"])
        for number, section in enumerate(self.found["sections"], 1):
            yield from self._section(section, f"{number} {section['title']}", head["source"])
        yield from self._trace(self.outlines.trace)
        yield from self._themes(self.outlines.themes)
        for part, name in ((self.outlines.internal, "internal"), (self.outlines.extracts, "extracts")):
            if part and self.found[name]:
                yield Heading(part.title, 2)
                yield Paragraph(f"Source: {part.source}.")
                for section in self.found[name]:
                    yield from self._section(section, section["title"], part.source)
        yield from self._held_back()

    def _section(self, section: dict[str, Any], title: str, source: str) -> Iterator[Block]:
        yield Heading(title, 3)
        yield Items(tuple((text, ()) for text in section["write"]), False)
        if section["facts"]:
            yield Paragraph(f"From: {_grouped(section['facts'])}.")
        yield from self._missing(section["missing"])
        if section["source"] != source:
            yield Paragraph(f"Source: {section['source']}.")

    def _missing(self, missing: list[dict[str, Any]]) -> Iterator[Block]:
        """Yield what is still to be asked; a question that stood above is only named."""
        new = [m for m in missing if m["fact"] not in self.asked]
        above = [m["fact"] for m in missing if m["fact"] in self.asked]
        self.asked.update(m["fact"] for m in new)
        if new:
            yield Paragraph("Still missing:")
            yield Items(tuple((m["ask"], (f"ask {m['whom']}; {m['fact']}" if m["whom"] else m["fact"],)) for m in new), False)
        if above:
            yield Paragraph(f"{'Also' if new else 'Still'} missing, asked above: {', '.join(above)}.")

    def _trace(self, grid: Grid | None) -> Iterator[Block]:
        if grid is None or not self.found["trace"]:
            return
        yield Heading(grid.title, 2)
        yield Paragraph(f"Source: {grid.source}.")
        for line in self.found["trace"]:
            rows = tuple((column.title, line[column.id]) for column in grid.columns)
            yield Table((grid.of.capitalize(), line[grid.of]), rows, (14, 64))
            yield from self._missing(line["missing"])

    def _themes(self, grid: Grid | None) -> Iterator[Block]:
        if grid is None or not self.found["themes"]:
            return
        yield Heading(grid.title, 2)
        yield Paragraph(f"Source: {grid.source}.")
        for theme in self.found["themes"]:
            cut = [lack["part"] for lack in theme["missing"]]
            missing = " and ".join(column.title.lower() for column in grid.columns if column.id in cut)
            yield Heading(f"{theme['about']}: cut, without {missing}" if cut else theme["about"], 3)
            said = [f"{c.title}: {theme[c.id]}" for c in grid.columns if theme[c.id]]
            yield Items(tuple((text, ()) for text in (*said, *(lack["text"] for lack in theme["missing"]))), False)
            yield from self._missing([question for lack in theme["missing"] for question in lack["questions"]])

    def _held_back(self) -> Iterator[Block]:
        for entry in self.found["held_back"]:
            yield Paragraph(f"Held back in {entry['section']}: {entry['why']}")


def _grouped(facts: list[dict[str, Any]]) -> str:
    """Return facts in one sentence, those of a row together."""
    rows: dict[str, list[str]] = {}
    for fact in facts:
        value = ", ".join(fact["value"]) if isinstance(fact["value"], list) else str(fact["value"])
        if value == "none recorded":
            rows.setdefault(f"none recorded of {fact['fact']}", [])
            continue
        row, _, attribute = fact["fact"].rpartition(".")
        rows.setdefault(row, []).append(f"{attribute} = {value}")
    return "; ".join(f"{row}: {', '.join(said)}" if said else row for row, said in rows.items())
