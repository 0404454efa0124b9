"""The nearest facts that would turn a decision, as people read them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .advising import Consultation
from .asking import vocabulary_asks
from .blocks import Block, Heading, Items, Page, Paragraph, command
from .flipping import REACHES, Change, Flip, Flipping
from .rules import Decision
from .telling import Teller
from .terms import Held, Value, as_data, values_of
from .wording import either, listed
from .world import Cell

FEW = 3
"""So many flips of one kind are shown of a decision in the headline; of the others one."""
GROUPS = {
    "change": "In our hands", "ask": "Not known, so ask", "given": "Not ours to change; make sure that it is still so",
}  # fmt: skip


@dataclass
class Flips:
    """The flips of one case that is worked out; `again` is how it is asked about facts."""

    consultation: Consultation
    again: str

    def __post_init__(self) -> None:
        self.teller = Teller(self.consultation.inference)

    @cached_property
    def search(self) -> Flipping:
        return Flipping(self.consultation.inference)

    def page(self, everything: bool = False) -> Page:
        """Return for each decision shown the nearest facts that would turn it: single ones, else pairs."""
        search = self.search
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
                blocks += self._turning(decision, flips, None if everything else FEW)
        rest = [(d, flips) for d, flips in found if not d.headline and not everything]
        if rest:
            blocks += [Heading("Other decisions, the nearest each", 2)]
            blocks += [Items(tuple(self._nearest(decision, flips) for decision, flips in rest), numbered=False)]
        blocks += [Paragraph(text) for text in self._footer(found, everything)]
        data = {d.name: {"choice": as_data(search.shown[d.key]), "flips": [self._flip_json(flip) for flip in flips]} for d, flips in found}
        return Page(tuple(blocks), {"tried": search.tried, "decisions": data})

    def main(self) -> Iterator[Block]:
        """Yield the nearest facts that would turn the main decision; nothing where the knowledge names none as such."""
        if main := self.consultation.knowledge.main:
            yield from self._turning(main, self.search.singles[main.key] or self.search.pairs(main), FEW)
            yield Paragraph(f"All of them: {command(self.again + ' --all')}")

    def _turning(self, decision: Decision, flips: Sequence[Flip], most: int | None) -> Iterator[Block]:
        yield Heading(f"{decision.title}: {self._label(decision, self.search.shown[decision.key])}", 2)
        hidden = [flip for flip in flips if flip.hidden]
        if hidden and most is not None and self.consultation.knowledge.main:
            flips = [flip for flip in flips if not flip.hidden]
            yield Paragraph(f"It also changes with {self.consultation.knowledge.main.title.lower()}, as above.")
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
        by = listed(self._by(first))
        asks = [self._ask(c) for c in first.changes if c.cell.value is None and first.reach != "given"]
        return f"{self._becomes(decision, first)}, if {' and '.join(said)}{f' ({by})' if by else ''}", tuple(asks)

    def _tos(self, cell: Cell, values: list[Value]) -> str:
        """Return the values that all do the same, as alternatives."""
        attribute = self.teller.attribute(cell)
        if attribute and attribute.values:
            return self.teller.alternatives(attribute, [str(value) for value in values])
        return either(self.teller.value(cell, value) for value in values)

    def _change(self, change: Change, to: str) -> str:
        return f"{self.teller.subject(change.cell)} were {to} (now {self.teller.aside(change.cell, change.cell.value)})"

    def _becomes(self, decision: Decision, flip: Flip) -> str:
        """Return what a decision would be; of one that takes many, what would come and go."""
        now = self.consultation.showing.shown(decision)
        if decision.choose == "one" or now is None or flip.choice is None:
            return self._label(decision, flip.choice)
        was, then = values_of(now), values_of(flip.choice)
        comes = listed(self._label(decision, option) for option in then if option not in was)
        goes = listed(self._label(decision, option) for option in was if option not in then)
        said = [f"with {comes}"] if comes else []
        said += [f"without {goes}"] if goes else []
        return " and ".join(said) or f"first {self._label(decision, then[0])}"

    def _by(self, flip: Flip) -> list[str]:
        """Return the rules that would carry the choice, or hide the one there is."""
        trial = Flipping.trial(self.consultation.inference, flip.changes)
        decision = flip.decision if trial.changed & flip.decision.keys else self.consultation.knowledge.main or flip.decision
        casts = trial.settlings[decision.key].whole.carried
        if decision.choose != "one":
            comes = set(values_of(flip.choice)) - set(values_of(self.consultation.showing.shown(decision)))
            casts = tuple(cast for cast in casts if not comes or cast.option in comes)
        return list(dict.fromkeys(cast.firing.rule for cast in trial.behind(casts)))[:2]

    def _ask(self, change: Change) -> str:
        attribute = self.teller.attribute(change.cell)
        assert attribute is not None
        ask, whom = vocabulary_asks(change.cell.row, attribute, self.consultation.inference)
        return f"Ask {whom}: {ask}" if whom else ask

    def _nearest(self, decision: Decision, flips: Sequence[Flip]) -> tuple[str, tuple[str, ...]]:
        head = f"{decision.title}: {self._label(decision, self.search.shown[decision.key])}"
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
        first, *others = [{"fact": c.cell.address, "from": as_data(c.cell.value), "to": c.to} for c in flip.changes]
        more = {"and": others[0]} if others else {}
        return {**first, **more, "choice": as_data(flip.choice), "reach": flip.reach, "hidden": flip.hidden, "rules": self._by(flip)}

    def _label(self, decision: Decision, value: Held | None) -> str:
        return self.teller.names.value(*decision.key, value) if value is not None else "none"
