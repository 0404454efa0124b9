"""Finds contrasts: the same case with one fact otherwise, and another outcome. Each is a stored flip, or was found by trying
facts, and is worked out whole before it counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..advising import Consultation, consult
from ..flipping import Change, Flip, Flipping
from ..reading.assignments import assigned
from ..reporting import Report
from ..rules import Decision
from ..stories.learning import learned
from ..telling import Teller
from .exercising import examined, topics
from .grading import BESIDE, RIGHT, Item, Offer, laid_out

MOST = 2
"""So many changes that turn the decision are offered."""
TELLING = ("decision", "headline")
"""The answers to a question differ so much that the fact tells something of this case."""
ELSEWHERE = 1
"""What a change earns that turns another decision of the headline."""


@dataclass(frozen=True)
class Contrast:
    """A case with one fact otherwise: the decision that comes out otherwise, and the case as it would be."""

    name: str
    change: Change
    decision: Decision
    consultation: Consultation


def contrasts(base: Consultation, flips: Mapping[str, Consultation], but: Collection[str] = ()) -> Iterator[Contrast]:
    """Yield the contrasts to a case: its stored flips that differ in one fact, then those found by trying single facts, of the
    main decision and of recorded facts first, what only an odd answer turns last; each fact and each outcome once, and not the
    facts in `but`."""
    facts = set(but)
    outcomes: set[tuple[str, object]] = set()
    for contrast in _stored(base, flips):
        if contrast.change.cell.address in but:
            continue
        facts.add(contrast.change.cell.address)
        outcomes.add((contrast.decision.name, contrast.consultation.showing.shown(contrast.decision)))
        yield contrast
    main = base.knowledge.main
    found = [flip for flips in Flipping(base.inference).singles.values() for flip in flips if flip.decision in examined(base.knowledge)]
    telling = _telling(base.report(labels=True), found)
    for flip in sorted(found, key=lambda f: (f not in telling, f.changes[0].cell.value is None, f.decision is not main, f.hidden)):
        change, outcome = flip.changes[0], (flip.decision.name, flip.choice)
        if change.cell.address not in facts and outcome not in outcomes:
            facts.add(change.cell.address)
            outcomes.add(outcome)
            dossier = assigned([f"{change.cell.address}={change.to}"], base.dossier, base.knowledge.vocabulary)
            yield from _turned(f"{change.cell.address}={change.to}", change, base, consult(base.knowledge, dossier, base.on))


def _stored(base: Consultation, flips: Mapping[str, Consultation]) -> Iterator[Contrast]:
    for name, flipped in flips.items():
        news = list(learned(base.world, flipped.world, base.knowledge.vocabulary))
        if len(news) == 1 and news[0].attribute and news[0].new is not None and not news[0].fresh:
            change = Change(base.world.cell(news[0].row, news[0].attribute), news[0].new)
            yield from _turned(name, change, base, flipped)


def _turned(name: str, change: Change, base: Consultation, other: Consultation) -> Iterator[Contrast]:
    """Yield a contrast where something of the headline comes out otherwise, the main decision before the rest."""
    turned = [d for d in other.showing.turned(base.showing) if d in examined(base.knowledge)]
    for decision in sorted(turned, key=lambda d: not d.main)[:1]:
        yield Contrast(name, change, decision, other)


def said(teller: Teller, change: Change) -> str:
    """Return a change of one fact in words."""
    was = f"instead of {teller.value(change.cell, change.cell.value)}" if change.cell.value is not None else "(not known now)"
    return f"{teller.subject(change.cell)}: {teller.value(change.cell, change.to)} {was}"


def flip_item(report: Report, flipping: Flipping) -> Item | None:
    """Return which fact would turn the main decision, as something to be asked; None where no single fact does that is recorded
    or worth asking for."""
    main, teller = report.main, Teller(report.inference)
    if main is None or not (turning := _recorded_first(report, flipping.singles[main.key])):
        return None
    own = {flip.changes[0].cell.address for flip in turning}
    elsewhere = [_recorded_first(report, flipping.singles[d.key]) for d in examined(flipping.knowledge) if d is not main]
    others = [flip for flips in elsewhere for flip in [f for f in flips if f.changes[0].cell.address not in own][:1]]
    offers: dict[str, Offer] = {}
    for flip in turning[:MOST] + others:
        change, decision = flip.changes[0], flip.decision
        points, verdict = (RIGHT, "turns it") if decision is main else (ELSEWHERE, "turns something else")
        to = report.label(decision, flip.choice) if flip.choice is not None else "none"
        offer = Offer(f"{change.cell.address}={change.to}", said(teller, change), points, verdict, f"{decision.title} would be: {to}")
        offers.setdefault(change.cell.address, offer)
    for change in _idle(report, flipping, main, [flip.changes[0] for flip in turning[:MOST] + others]):
        why = f"{main.title} would stay as it is"
        offers[change.cell.address] = Offer(f"{change.cell.address}={change.to}", said(teller, change), 0, "turns nothing", why)
    first = turning[0].changes[0].cell
    return Item(
        name="flip", title="What would turn it", offers=laid_out(list(offers.values()), len(report.inference.world.facts)),
        ask=f"Which one of these alone would turn the {main.title.lower()}?", takes=1, of=RIGHT, topics=topics(report, [main]),
        ladder=(f"Look at {teller.owner(first.row)}.", f"Look at {teller.subject(first)}."),
    )  # fmt: skip


def _recorded_first(report: Report, flips: list[Flip]) -> list[Flip]:
    """Return the nearest flip of each fact, those of recorded facts before the rest: what stands on the card is to be weighed."""
    nearest: dict[str, Flip] = {}
    for flip in _telling(report, flips):
        nearest.setdefault(flip.changes[0].cell.address, flip)
    return sorted(nearest.values(), key=lambda flip: flip.changes[0].cell.value is None)


def _telling(report: Report, flips: Iterable[Flip]) -> list[Flip]:
    """Return the flips of recorded facts, and of what is not known those alone that ordinary answers turn: that some odd answer
    would turn everything is so in any case."""
    worth = {question.fact for question in report.questions if question.now and question.worth.level in TELLING}
    return [flip for flip in flips if flip.changes[0].cell.value is not None or flip.changes[0].cell.address in worth]


def _idle(report: Report, flipping: Flipping, main: Decision, offered: Sequence[Change]) -> Iterator[Change]:
    """Yield changes that turn nothing: first of facts that the decision rests on, then of those that most rules behind it read;
    recorded ones and, where one that is not known is `offered`, some of these too, so that it does not tell by that."""
    moving = {f.changes[0].cell.address for d in examined(flipping.knowledge) for f in flipping.singles[d.key]}
    under, read = report.explainer.under([main.key]), flipping.readers(main)
    found: dict[str, Change] = {}
    for change in flipping.changes:
        if change.cell.address not in moving:
            found.setdefault(change.cell.address, change)
    still = [(change, (change.cell.row, change.cell.attribute)) for change in found.values()]
    still.sort(key=lambda entry: (entry[1] not in under, -read.get((entry[0].cell.row.entity, entry[0].cell.attribute), 0)))
    yield from [change for change, at in still if at in report.inference.world.facts and change.cell.value is not None][:BESIDE]
    if any(change.cell.value is None for change in offered):
        yield from [change for change, _ in still if change.cell.value is None][:MOST]
