"""Works the document out for one case: for each section what to write, the facts it is written from, what is still missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .asking import vocabulary_asks
from .conditions import Condition, Ref, reads
from .evaluating import TRUE, Choice, choices, holds
from .explaining import Ground, Listed, supporting
from .lines import needed
from .outlines import Column, Grid, Outlines, Part, Section
from .reporting import Report
from .saying import Saying, sayings
from .texts import Sentence
from .world import Cell, WorldRow

Rows = Mapping[str, WorldRow]


@dataclass
class Document:
    """The document of one report, as plain records: nothing in it where no document is wanted."""

    outlines: Outlines
    report: Report

    def __post_init__(self) -> None:
        self.inference = self.report.inference
        self.world = self.inference.world
        self.knowledge = self.inference.knowledge
        self.speaker = self.report.speaker
        self.held: dict[str, list[Sentence]] = {}

    def as_json(self) -> dict[str, Any]:
        """Return the document and what goes with it, ready for the part of the advice that lists it."""
        part, wanted = self.part, self.part is not None
        found = {
            "document": self._head(part) if part else None,
            "sections": self._sections(part),
            "trace": self._trace(self.outlines.trace if wanted else None),
            "themes": self._themes(self.outlines.themes if wanted else None),
            "internal": self._sections(self.outlines.internal if wanted else None),
            "extracts": self._sections(self.outlines.extracts if wanted else None),
        }
        return {**found, "held_back": self._held_back()}

    @cached_property
    def part(self) -> Part | None:
        """The document that is wanted, None where there is to be none."""
        entity, name = self.outlines.decision
        option = self.world.value(self.world.single(entity), name)
        return self.outlines.documents.get(str(option)) if self._stands(self.outlines.when) else None

    def _head(self, part: Part) -> dict[str, Any]:
        entity, name = self.outlines.decision
        notes = [text for note in self.outlines.notes for text, _ in self._said(note, "notes", {})]
        return {"id": self.world.value(self.world.single(entity), name), "title": part.title, "source": part.source, "notes": notes}

    def _stands(self, conditions: Sequence[Condition]) -> bool:
        """Return whether conditions hold, and read no choice that is not to be seen."""
        return not reads(conditions) & self.report.showing.hidden and holds(conditions, self.world, self.knowledge) is TRUE

    # --- sections

    def _sections(self, part: Part | None) -> list[dict[str, Any]]:
        if part is None or not self._stands(part.when):
            return []
        found = []
        for section in part.sections:
            if self._stands(section.when):
                found += [self._section(section, choice) for choice in choices(section.each, self.world, self.knowledge)]
        return found

    def _section(self, section: Section, choice: Choice) -> dict[str, Any]:
        rows = dict(choice.rows)
        texts, grounds = self._written(section.write, section.id, rows)
        drawn = [cell for ref in section.draws for cell in self._cells(ref, rows)]
        readers = {"for": [row.address for row in rows.values()]} if section.each else {}
        return {
            "id": section.id, "title": self.speaker.filled(section.title, rows), **readers, "write": texts,
            "facts": self._facts([*drawn, *grounds]),
            "missing": [*self._missing([*drawn, *grounds]), *self._no_rows(section.draws, rows)],
            "source": section.source,
        }  # fmt: skip

    def _written(self, sentences: Iterable[Sentence], where: str, rows: Rows) -> tuple[list[str], list[Ground]]:
        """Return what sentences say, and what they rest on."""
        said = [found for sentence in sentences for found in self._said(sentence, where, rows)]
        return [text for text, _ in said], [ground for _, grounds in said for ground in grounds]

    def _said(self, sentence: Sentence, where: str, rows: Rows) -> list[tuple[str, list[Ground]]]:
        """Return what one sentence says with what each text rests on; one that is held back is noted."""
        if sentence.looks_at & self.report.showing.hidden:
            return []
        found = sayings(sentence, self.inference, self.speaker, rows)
        if found and holds(sentence.needs, self.world, self.knowledge, dict(rows)) is not TRUE:
            self.held.setdefault(where, []).append(sentence)
            return []
        return [(saying.text, self._grounds(saying, sentence)) for saying in found]

    def _grounds(self, saying: Saying, sentence: Sentence) -> list[Ground]:
        found: list[Ground] = [ground for choice in saying.choices for node in choice.nodes for ground in supporting(node)]
        for choice in saying.choices:
            for slot in sentence.text.slots:
                if slot.entity and slot.attribute != "name":
                    row = dict(choice.rows).get(slot.name) or self.world.single(slot.entity)
                    found.append(self.world.cell(row, slot.attribute))
        return found

    def _held_back(self) -> list[dict[str, Any]]:
        """Return the sections with lines that are not said since what they need does not hold."""
        found = []
        for where, sentences in self.held.items():
            found.append({"section": where, "needs": needed(sentences), "why": " ".join(self.report.lines.why_held(sentences))})
        return found

    # --- facts

    @cached_property
    def _counted(self) -> dict[str, list[WorldRow]]:
        """The rows of each entity that facts are drawn from."""
        found = {}
        for entity, rows in self.world.rows.items():
            asked = [pattern for pattern in self.outlines.counted if pattern.entity == entity]
            found[entity] = [r for r in rows if holds(asked, self.world, self.knowledge, {p.name: r for p in asked}) is TRUE]
        return found

    def _cells(self, ref: Ref, rows: Rows) -> list[Cell]:
        if ref.key in self.report.showing.hidden:
            return []
        among = [rows[ref.name]] if ref.name in rows else self._counted[ref.entity]
        return [self.world.cell(row, ref.attribute) for row in among]

    def _facts(self, grounds: Iterable[Ground]) -> list[dict[str, Any]]:
        """Return the known facts among what a section rests on, each once, in the words of the speaker."""
        found = []
        for ground in dict.fromkeys(grounds):
            if isinstance(ground, Listed) and ground.said == "recorded":
                continue
            if isinstance(ground, Cell) and ground.value is None:
                continue
            for entry in self.report.explainer.facts([ground]):
                if isinstance(ground, Cell) and self.speaker.labels:
                    entry["value"] = self.speaker.value(*ground.key, ground.value)
                found.append(entry)
        return found

    @cached_property
    def _asked(self) -> dict[tuple[WorldRow, str], tuple[str, str]]:
        return {q.open: q.words(self.speaker) for q in self.report.questions if q.open}

    def _missing(self, grounds: Iterable[Ground]) -> list[dict[str, Any]]:
        """Return what is not known among what a section is written from, with its question and whom to ask."""
        found = []
        for cell in dict.fromkeys(g for g in grounds if isinstance(g, Cell) and g.value is None and g.attribute != "name"):
            attribute = self.knowledge.vocabulary.attribute(*cell.key)
            if attribute and attribute.ask:
                ask, whom = self._asked.get((cell.row, cell.attribute)) or vocabulary_asks(cell.row, attribute, self.report.inference)
                found.append({"fact": cell.address, "ask": ask, "whom": whom or None})
        return found

    def _no_rows(self, draws: Iterable[Ref], rows: Rows) -> list[dict[str, Any]]:
        """Return the lists that a section is written from and that nobody has begun."""
        entities = dict.fromkeys(ref.entity for ref in draws if ref.name not in rows and not self._counted[ref.entity])
        found = [self.knowledge.vocabulary.entities[name] for name in entities]
        return [{"fact": entity.many, "ask": entity.who_else, "whom": None} for entity in found if entity.who_else]

    # --- tables

    def _trace(self, grid: Grid | None) -> list[dict[str, Any]]:
        """Return a line for each row: what each column says of it, or in words that it is empty."""
        found = []
        for row, cells in self._lines(grid):
            assert grid is not None
            texts = {c.id: " ".join(texts) or self._empty(c, grid, row) for c, texts, _ in cells}
            grounds = [ground for _, _, own in cells for ground in own]
            found.append({
                grid.of: row.name or row.entity, **texts,
                "facts": self._facts(grounds), "missing": self._missing(grounds), "source": grid.source,
            })  # fmt: skip
        return found

    def _themes(self, grid: Grid | None) -> list[dict[str, Any]]:
        """Return a theme for each row, those that lack nothing first; one that lacks a column is cut, and says of what."""
        found = []
        for row, cells in self._lines(grid):
            assert grid is not None
            texts = {c.id: " ".join(texts) or None for c, texts, _ in cells}
            lacking = [
                {"part": c.id, "text": self._empty(c, grid, row), "questions": self._missing(own)} for c, texts, own in cells if not texts
            ]
            facts = self._facts([ground for _, _, own in cells for ground in own])
            found.append({"about": row.name or row.entity, **texts, "missing": lacking, "facts": facts, "source": grid.source})
        return sorted(found, key=lambda theme: bool(theme["missing"]))

    def _empty(self, column: Column, grid: Grid, row: WorldRow) -> str:
        return self.speaker.filled(column.empty, {grid.of: row})

    def _lines(self, grid: Grid | None) -> Iterable[tuple[WorldRow, list[tuple[Column, list[str], list[Ground]]]]]:
        """Yield each row of a table with what its columns say and rest on."""
        if grid is None or not self._stands(grid.when):
            return
        for row in self._counted[grid.of]:
            rows = {grid.of: row}
            cells = []
            for column in grid.columns:
                texts, grounds = self._written(column.write, column.id, rows)
                drawn = [cell for ref in column.draws for cell in self._cells(ref, rows)]
                cells.append((column, texts, [*drawn, *grounds]))
            yield row, cells
