"""Finds what later facts did to the advice: the decisions they turned, the lines that came and went, and by which of them.

That a decision hangs on a fact is not read off the rules but tried: without it, what would be advised?
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..advising import Consultation
from ..inferring import inferred, varied
from ..lines import Said
from ..rules import Decision
from ..showing import Showing
from ..terms import Held, Value
from ..world import WorldRow, world_of
from .learning import Learned, learned

PART = ("came", "changed", "moved", "stale", "taken_back")
"""What can be undone one fact at a time."""


@dataclass(frozen=True)
class Turn:
    """A decision that is shown otherwise than before, and what turned it.

    `hangs_on` holds what turns it back where it alone is undone. Where nothing does so alone, `each_enough` holds facts of
    which each was enough: only all of them undone turn it back.
    """

    decision: Decision
    before: Held | None
    after: Held | None
    hangs_on: tuple[Learned, ...] = ()
    each_enough: tuple[Learned, ...] = ()


@dataclass(frozen=True)
class Turning:
    """What changed from one consultation to a later one: what was learned, the decisions, the lines by their rule."""

    learned: tuple[Learned, ...]
    turns: tuple[Turn, ...]
    came: tuple[Said, ...]
    went: tuple[Said, ...]


def turning(before: Consultation, after: Consultation) -> Turning:
    """Return what changed from one consultation to another on the same case, and by what."""
    news = tuple(learned(before.world, after.world, after.knowledge.vocabulary))
    decisions = sorted(after.showing.turned(before.showing), key=lambda decision: (not decision.main, not decision.headline))
    undone = list(_undone(before, after, news)) if decisions else []
    turns = tuple(_turn(decision, before, after, news, undone) for decision in decisions)
    now, then = after.report().lines.now, before.report().lines.now
    return Turning(news, turns, _others(now, then), _others(then, now))


def _others(lines: list[Said], others: list[Said]) -> tuple[Said, ...]:
    """Return the lines whose rule says nothing among the others, a line for each rule."""
    there = {said.rule.id for said in others}
    return tuple({said.rule.id: said for said in reversed(lines) if said.rule.id not in there}.values())[::-1]


def _undone(before: Consultation, after: Consultation, news: tuple[Learned, ...]) -> Iterator[tuple[Learned, Showing]]:
    """Yield what would be shown with one thing that was learned undone, for each; a row that came is undone whole too."""
    for entry in news:
        if entry.kind in PART and entry.attribute:
            yield entry, Showing(varied(after.inference, dict([_undoing(entry)])))
    fresh = dict.fromkeys(entry.row for entry in news if entry.fresh)
    for change in [*(Learned("came", row, fresh=True) for row in fresh), *(entry for entry in news if entry.kind == "gone")]:
        rows = [r for r in after.dossier.rows if (r.entity, r.name) != (change.row.entity, change.row.name)]
        if change.kind == "gone":
            rows += [r for r in before.dossier.rows if (r.entity, r.name) == (change.row.entity, change.row.name)]
        world = world_of(dataclasses.replace(after.dossier, rows=tuple(rows)), after.knowledge.vocabulary, after.on)
        yield change, Showing(inferred(after.knowledge, world))


def _turn(decision: Decision, before: Consultation, after: Consultation, news: tuple[Learned, ...],
          undone: list[tuple[Learned, Showing]]) -> Turn:  # fmt: skip
    was, now = before.showing.shown(decision), after.showing.shown(decision)
    without = [(entry, showing.shown(decision)) for entry, showing in undone]

    def back(shown: Held | None) -> bool:
        return shown == was

    def otherwise(shown: Held | None) -> bool:
        return shown != now

    for turned in (back, otherwise):
        alone = [entry for entry, shown in without if turned(shown)]
        if alone:
            parts = {entry.row for entry in alone if entry.attribute}
            return Turn(decision, was, now, tuple(e for e in alone if e.attribute or e.row not in parts))
        if together := _together(decision, after, news, turned):
            return Turn(decision, was, now, each_enough=together)
    return Turn(decision, was, now)


def _together(
    decision: Decision, after: Consultation, news: tuple[Learned, ...], turned: Callable[[Held | None], bool]
) -> tuple[Learned, ...]:
    """Return facts that turn a decision back only if all of them are undone, so that each of them is enough."""

    def turns(entries: list[Learned]) -> bool:
        return turned(Showing(varied(after.inference, dict(map(_undoing, entries)))).shown(decision))

    kept = [entry for entry in news if entry.kind in PART and entry.attribute]
    if not turns(kept):
        return ()
    for entry in list(kept):
        rest = [other for other in kept if other is not entry]
        if turns(rest):
            kept = rest
    return tuple(kept)


def _undoing(entry: Learned) -> tuple[tuple[WorldRow, str], Value | None]:
    """Return the fact of an entry with the value it had before."""
    return (entry.row, entry.attribute), entry.old
