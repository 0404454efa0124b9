"""What is otherwise in the advice with some facts otherwise, as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .advising import Consultation
from .blocks import Block, Heading, Items, Page, Paragraph
from .differing import Days, Difference, Replanned, difference, replanned, rewritten
from .lines import Said
from .rules import Decision
from .telling import Teller
from .terms import Held, as_data
from .world import Cell


@dataclass
class WhatIf:
    """A case before and after some facts."""

    before: Consultation
    after: Consultation

    def __post_init__(self) -> None:
        self.was, self.now = Teller(self.before.inference), Teller(self.after.inference)

    def page(self) -> Page:
        """Return what is otherwise after them."""
        found, plan = difference(self.before, self.after), replanned(self.before, self.after)
        blocks: list[Block] = [Heading(f"What if: {'; '.join(self._facts()) or 'nothing were otherwise'}")]
        document = rewritten(self.before, self.after)
        if found.empty and plan.empty and not document:
            blocks.append(Paragraph("Nothing in the advice changes."))
        else:
            blocks += [*self._changed(found), *_replanned(plan)]
            blocks += [*_section("The document: other words in", [(title, ()) for title in document]), *_rules(found)]
        data = {**self._changed_json(found), "plan": _plan_json(plan), "document": list(document)}
        return Page(tuple(blocks), data)

    def _facts(self) -> list[str]:
        """Return what was assumed, each fact with what it is now."""
        said = [
            f"{self.now.subject(cell)} were {self.now.aside(cell, cell.value)} (now {self.was.aside(cell, value)})"
            for cell, value in _otherwise(self.before, self.after)
        ]
        return [*said, *(f"{address} were not there" for address in _gone(self.before, self.after))]

    def _changed(self, found: Difference) -> Iterator[Block]:
        turned = [f"{t.decision.title}: {self._label(t.decision, t.before)} -> {self._label(t.decision, t.after)}" for t in found.decisions]
        because = [(f"{t.text.rstrip('.')} ({t.rule})",) if t.rule else () for t in found.decisions]
        derived = [self._concluded(path, was, now) for path, was, now in (*found.rows, *found.derived)]
        yield from _section("Decisions", [*zip(turned, because, strict=True)] or [("No decision changes.", ())])
        yield from _section("What rules conclude", [(text, ()) for text in derived])
        yield from _section("Advice that comes", [self._line(s) for s in found.come])
        yield from _section("Advice that goes", [self._line(s) for s in found.gone])
        yield from _section("Advice in other words", [self._line(s) for _, s in found.reworded])
        yield from _section("Questions that come", [(q["ask"], (q["fact"],)) for q in found.asked])
        yield from _section("Questions that go", [(q["ask"], (q["fact"],)) for q in found.answered])

    def _concluded(self, path: str, was: Held | None, now: Held | None) -> str:
        owner, _, name = path.rpartition(".")
        worlds = (self.after.world, self.before.world)
        row = next(row for world in worlds for rows in world.rows.values() for row in rows if row.address == owner)
        cell = Cell(row, name, now)
        before, then = (self.now.value(cell, value) if value is not None else "none" for value in (was, now))
        return f"{self.now.sentence(self.now.subject(cell))}: {before} -> {then}"

    def _line(self, said: Said) -> tuple[str, tuple[str, ...]]:
        return said.text, (f"{said.line.strength}, {said.rule.id}: {said.rule.title}",)

    def _label(self, decision: Decision, value: Held | None) -> str:
        return self.was.names.value(*decision.key, value) if value is not None else "none"

    def _changed_json(self, found: Difference) -> dict[str, Any]:
        return {
            "changes": [{"fact": c.address, "from": was, "to": c.value} for c, was in _otherwise(self.before, self.after)],
            "gone": _gone(self.before, self.after),
            "decisions": [
                {"decision": t.decision.name, "from": as_data(t.before), "to": as_data(t.after), "rule": t.rule, "text": t.text}
                for t in found.decisions
            ],
            "per_row": [{"fact": path, "from": was, "to": now} for path, was, now in found.rows],
            "derived": [{"fact": path, "from": was, "to": now} for path, was, now in found.derived],
            "advice": {
                "comes": [_line_json(s) for s in found.come], "goes": [_line_json(s) for s in found.gone],
                "reworded": [{**_line_json(now), "before": was.text} for was, now in found.reworded],
            },
            "questions": {"come": list(found.asked), "go": list(found.answered)},
            "rules": {"fire": list(found.fire), "silent": list(found.silent)},
        }  # fmt: skip


def _otherwise(before: Consultation, after: Consultation) -> Iterator[tuple[Cell, Held | None]]:
    """Yield each fact of the second consultation that counts otherwise than in the first, with what it was."""
    vocabulary = after.knowledge.vocabulary
    old = {row.address: row for rows in before.world.rows.values() for row in rows}
    for entity in vocabulary.entities.values():
        for row in after.world.rows[entity.name]:
            for attribute in entity.attributes.values():
                was = before.world.value(old[row.address], attribute.name) if row.address in old else None
                cell = after.world.cell(row, attribute.name)
                if not attribute.settled and was != cell.value and not (cell.value == attribute.unless_said and was is None):
                    yield cell, was


def _gone(before: Consultation, after: Consultation) -> list[str]:
    """Return the rows that the second consultation does without."""
    there = {row.address for rows in after.world.rows.values() for row in rows}
    return [row.address for rows in before.world.rows.values() for row in rows if row.address not in there]


def _section(title: str, items: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[Block]:
    if items:
        yield Heading(title, 2)
        yield Items(tuple(items), numbered=False)


def _rules(found: Difference) -> Iterator[Block]:
    if found.fire or found.silent:
        yield Heading("Rules", 2)
    yield from ([Paragraph(f"Fire now: {', '.join(found.fire)}.")] if found.fire else [])
    yield from ([Paragraph(f"Are silent now: {', '.join(found.silent)}.")] if found.silent else [])


def _replanned(plan: Replanned) -> Iterator[Block]:
    """Yield what is otherwise in the plan: what is said of it, the days of each stage, what is done in it."""
    said = [(note, ()) for note in plan.notes]
    days = [(f"{title}: {_span(was)} -> {_span(now)}", ()) for title, was, now in plan.stages]
    yield from _section("The plan", [*said, *days])
    yield from _section("Tasks that come", [(task.text, ()) for task in plan.come])
    yield from _section("Tasks that go", [(task.text, ()) for task in plan.gone])


def _span(days: Days | None) -> str:
    return f"{days[0].isoformat()} to {days[1].isoformat()}" if days else "none"


def _plan_json(plan: Replanned) -> dict[str, Any]:
    def dates(days: Days | None) -> list[str] | None:
        return [day.isoformat() for day in days] if days else None

    return {
        "stages": [{"stage": title, "from": dates(was), "to": dates(now)} for title, was, now in plan.stages],
        "notes": list(plan.notes), "tasks": {"come": [t.text for t in plan.come], "go": [t.text for t in plan.gone]},
    }  # fmt: skip


def _line_json(said: Said) -> dict[str, Any]:
    return {"rule": said.rule.id, "strength": said.line.strength, "text": said.text}
