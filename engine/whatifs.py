"""What would be otherwise, as people read it: the advice before and after some facts, or the nearest facts that turn a decision."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .advising import Consultation
from .asking import vocabulary_asks
from .blocks import Block, Heading, Items, Page, Paragraph, command
from .differing import Days, Difference, Replanned, difference, replanned, rewritten
from .facts import Dossier
from .flipping import REACHES, Change, Flip, Flipping
from .lines import Said
from .rules import Decision
from .telling import Teller
from .terms import Held, Value
from .wording import either, listed
from .world import Cell

FEW = 3
"""So many flips of one kind are shown of a decision in the headline; of the others one."""
GROUPS = {
    "change": "In our hands", "ask": "Not known, so ask", "given": "Not ours to change; make sure that it is still so",
}  # fmt: skip


@dataclass
class WhatIf:
    """Answers `whatif` for one case that is worked out; `command` is how it is asked about facts."""

    consultation: Consultation
    again: str

    def __post_init__(self) -> None:
        self.report = self.consultation.report(labels=True)
        self.knowledge = self.consultation.knowledge
        self.teller = Teller(self.consultation.inference)

    # --- before and after

    def after(self, dossier: Dossier, work_out: Callable[[Dossier], Consultation]) -> Page:
        """Return what is otherwise with another dossier."""
        other = work_out(dossier)
        facts = self._facts(other)
        found, plan = difference(self.consultation, other), replanned(self.consultation, other)
        blocks: list[Block] = [Heading(f"What if: {'; '.join(facts) or 'nothing were otherwise'}")]
        document = rewritten(self.consultation, other)
        if found.empty and plan.empty and not document:
            blocks.append(Paragraph("Nothing in the advice changes."))
        else:
            blocks += [*self._changed(found, Teller(other.inference)), *_replanned(plan)]
            blocks += [*_section("The document: other words in", [(title, ()) for title in document]), *_rules(found)]
        data = {**self._changed_json(found, other), "plan": _plan_json(plan), "document": list(document)}
        return Page(tuple(blocks), data)

    def _facts(self, other: Consultation) -> list[str]:
        """Return what was assumed, each fact with what it is now."""
        there = Teller(other.inference)
        said = [
            f"{there.subject(cell)} were {there.value(cell, cell.value).strip('()')} (now {self.teller.value(cell, value).strip('()')})"
            for cell, value in _otherwise(self.consultation, other)
        ]
        return [*said, *(f"{address} were not there" for address in _gone(self.consultation, other))]

    def _changed(self, found: Difference, after: Teller) -> Iterator[Block]:
        turned = [f"{t.decision.title}: {self._label(t.decision, t.before)} -> {self._label(t.decision, t.after)}" for t in found.decisions]
        because = [(f"{t.text.rstrip('.')} ({t.rule})",) if t.rule else () for t in found.decisions]
        derived = [self._concluded(after, path, was, now) for path, was, now in (*found.rows, *found.derived)]
        yield from _section("Decisions", [*zip(turned, because, strict=True)] or [("No decision changes.", ())])
        yield from _section("What rules conclude", [(text, ()) for text in derived])
        yield from _section("Advice that comes", [self._line(s) for s in found.come])
        yield from _section("Advice that goes", [self._line(s) for s in found.gone])
        yield from _section("Advice in other words", [self._line(s) for _, s in found.reworded])
        yield from _section("Questions that come", [(q["ask"], (q["fact"],)) for q in found.asked])
        yield from _section("Questions that go", [(q["ask"], (q["fact"],)) for q in found.answered])

    def _concluded(self, after: Teller, path: str, was: Held | None, now: Held | None) -> str:
        owner, _, name = path.rpartition(".")
        worlds = (after.inference.world, self.consultation.world)
        row = next(row for world in worlds for rows in world.rows.values() for row in rows if row.address == owner)
        cell = Cell(row, name, now)
        before, then = (after.value(cell, value) if value is not None else "none" for value in (was, now))
        return f"{after.sentence(after.subject(cell))}: {before} -> {then}"

    def _line(self, said: Said) -> tuple[str, tuple[str, ...]]:
        return said.text, (f"{said.line.strength}, {said.rule.id}: {said.rule.title}",)

    def _label(self, decision: Decision, value: Held | None) -> str:
        return self.report.label(decision, value) if value is not None else "none"

    def _changed_json(self, found: Difference, other: Consultation) -> dict[str, Any]:
        return {
            "changes": [{"fact": c.address, "from": was, "to": c.value} for c, was in _otherwise(self.consultation, other)],
            "gone": _gone(self.consultation, other),
            "decisions": [
                {"decision": t.decision.name, "from": _plain(t.before), "to": _plain(t.after), "rule": t.rule, "text": t.text}
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

    # --- the nearest facts that turn a decision

    def flips(self, everything: bool = False) -> Page:
        """Return for each decision shown the nearest facts that would turn it: single ones, else pairs."""
        search = Flipping(self.consultation.inference)
        decisions = [d for d in search.decisions if search.shown[d.key] is not None or d.headline]
        decisions.sort(key=lambda d: (not d.main, not d.headline))
        found = [(d, search.singles[d.key] or search.pairs(d)) for d in decisions]
        name = self.consultation.dossier.title or self.consultation.dossier.file
        blocks: list[Block] = [
            Heading(f"What would turn the decisions: {name}"),
            Paragraph(f"{search.tried} changes of one fact or two were each run through all rules; what is listed here turned a decision."),
        ]
        for decision, flips in found:
            if decision.headline or everything:
                blocks += self._turning(decision, search, flips, None if everything else FEW)
        rest = [(d, flips) for d, flips in found if not d.headline and not everything]
        blocks += [*_section("Other decisions, the nearest each", [self._nearest(d, search, flips) for d, flips in rest])]
        blocks += [Paragraph(text) for text in self._footer(found, everything)]
        data = {d.name: {"choice": _plain(search.shown[d.key]), "flips": [self._flip_json(flip) for flip in flips]} for d, flips in found}
        return Page(tuple(blocks), {"tried": search.tried, "decisions": data})

    def main_flips(self) -> Iterator[Block]:
        """Yield the nearest facts that would turn the main decision; nothing where the knowledge names none as such."""
        if main := self.report.main:
            search = Flipping(self.consultation.inference)
            yield from self._turning(main, search, search.singles[main.key] or search.pairs(main), FEW)
            yield Paragraph(f"All of them: {command(self.again + ' --all')}")

    def _turning(self, decision: Decision, search: Flipping, flips: Sequence[Flip], most: int | None) -> Iterator[Block]:
        yield Heading(f"{decision.title}: {self._label(decision, search.shown[decision.key])}", 2)
        hidden = [flip for flip in flips if flip.hidden]
        if hidden and most is not None and self.report.main:
            flips = [flip for flip in flips if not flip.hidden]
            yield Paragraph(f"It also changes with {self.report.main.title.lower()}, as above.")
        if not flips and not hidden:
            yield Paragraph("No single fact turns it, and none of the pairs tried.")
        elif flips and len(flips[0].changes) > 1:
            yield Paragraph("No single fact turns it; these pairs do.")
        for reach in REACHES:
            merged = self._merged([flip for flip in flips if flip.reach == reach])
            if merged:
                left = len(merged) - len(merged[:most])
                yield Paragraph(f"{GROUPS[reach]}{f' (and {left} more with --all)' if left else ''}:")
                yield Items(tuple(self._said(decision, group) for group in merged[:most]), numbered=False)

    def _merged(self, flips: Sequence[Flip]) -> list[list[Flip]]:
        """Return the flips, those together that bring the same choice by another word of the same fact."""
        found: dict[tuple[object, ...], list[Flip]] = {}
        for flip in flips:
            others = tuple((c.cell, c.to) for c in flip.changes[1:])
            found.setdefault((flip.changes[0].cell, others, flip.choice), []).append(flip)
        return list(found.values())

    def _said(self, decision: Decision, group: list[Flip]) -> tuple[str, tuple[str, ...]]:
        first = group[0]
        tos = self._tos(first.changes[0].cell, list(dict.fromkeys(flip.changes[0].to for flip in group)))
        said = [self._change(first.changes[0], tos)]
        said += [self._change(c, self.teller.value(c.cell, c.to)) for c in first.changes[1:]]
        by = f" ({listed(self._by(first))})" if self._by(first) else ""
        asks = [self._ask(c) for c in first.changes if c.cell.value is None and first.reach != "given"]
        return f"{self._becomes(decision, first)}, if {' and '.join(said)}{by}", tuple(asks)

    def _tos(self, cell: Cell, values: list[Value]) -> str:
        """Return the values that all do the same, as alternatives."""
        attribute = self.teller.attribute(cell)
        if attribute and attribute.values:
            return self.teller.alternatives(attribute, [str(value) for value in values])
        return either(self.teller.value(cell, value) for value in values)

    def _change(self, change: Change, to: str) -> str:
        now = self.teller.value(change.cell, change.cell.value).strip("()") if change.cell.value is None else self.teller.value(
            change.cell, change.cell.value)  # fmt: skip
        return f"{self.teller.subject(change.cell)} were {to} (now {now})"

    def _becomes(self, decision: Decision, flip: Flip) -> str:
        """Return what a decision would be; of one that takes many, what would come and go."""
        now = self.consultation.showing.shown(decision)
        if decision.choose == "one" or now is None or flip.choice is None:
            return self._label(decision, flip.choice)
        was, then = set(_list(now)), set(_list(flip.choice))
        comes = [o for o in _list(flip.choice) if o not in was]
        goes = [o for o in _list(now) if o not in then]
        said = [f"with {self._label(decision, tuple(comes))}"] if comes else []
        said += [f"without {self._label(decision, tuple(goes))}"] if goes else []
        return " and ".join(said) or f"first {self._label(decision, _list(flip.choice)[0])}"

    def _by(self, flip: Flip) -> list[str]:
        """Return the rules that would carry the choice, or hide the one there is."""
        trial = Flipping.trial(self.consultation.inference, flip.changes)
        decision = flip.decision if trial.changed & flip.decision.keys else self.report.main or flip.decision
        comes = set(_list(flip.choice)) - set(_list(self.consultation.showing.shown(decision))) if decision.choose != "one" else set()
        casts = [c for c in trial.settlings[decision.key].whole.carried if not comes or c.option in comes]
        return list(dict.fromkeys(cast.firing.rule for cast in trial.behind(casts)))[:2]

    def _ask(self, change: Change) -> str:
        attribute = self.teller.attribute(change.cell)
        assert attribute is not None
        ask, whom = vocabulary_asks(change.cell.row, attribute, self.consultation.inference)
        return f"Ask {whom}: {ask}" if whom else ask

    def _nearest(self, decision: Decision, search: Flipping, flips: Sequence[Flip]) -> tuple[str, tuple[str, ...]]:
        head = f"{decision.title}: {self._label(decision, search.shown[decision.key])}"
        if not flips:
            return head, ("no single fact turns it, and none of the pairs tried",)
        return head, (self._said(decision, self._merged(flips)[0])[0],)

    def _footer(self, found: Iterable[tuple[Decision, Sequence[Flip]]], everything: bool) -> Iterator[str]:
        first = next((flips[0] for _, flips in found if flips), None)
        if first is not None:
            words = [shlex.quote(f"{c.cell.address}={c.to}") for c in first.changes]
            yield f"All that one of them changes: {command(' '.join([self.again, *words]))}"
        if not everything:
            yield f"The rest: {command(self.again + ' --all')}"

    def _flip_json(self, flip: Flip) -> dict[str, Any]:
        first, *others = [{"fact": c.cell.address, "from": _plain(c.cell.value), "to": c.to} for c in flip.changes]
        more = {"and": others[0]} if others else {}
        return {**first, **more, "choice": _plain(flip.choice), "reach": flip.reach, "hidden": flip.hidden, "rules": self._by(flip)}


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


def _list(value: Held | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else () if value is None else (str(value),)


def _plain(value: Held | None) -> Any:
    return list(value) if isinstance(value, tuple) else value
