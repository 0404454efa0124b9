"""Reads the reasons of a decision fact by fact: which recorded facts speak for what came out, which for something that lost, and
which play no part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from ..flipping import Flipping
from ..proving import Prover
from ..reporting import Report
from ..rules import Decision
from ..settling import Cast
from ..telling import Teller
from ..terms import Held
from ..wording import listed
from ..world import Cell, WorldRow
from .exercising import NONE, topics
from .grading import COSTS, RIGHT, Item, Offer, at_most

DECISIVE, SPEAKING = 2, 1
"""What a fact earns as a reason: one that alone would turn the decision, another that speaks for it."""
MOST_FACTS = 5
"""So many facts may be named as reasons for one decision."""

At = tuple[WorldRow, str]


def known(report: Report) -> tuple[Cell, ...]:
    """Return every recorded fact that counts, in the order of the vocabulary."""
    world = report.inference.world
    order = (world.cell(row, name) for rows in world.rows.values() for row in rows for name in world.slots[row.entity])
    return tuple(cell for cell in order if (cell.row, cell.attribute) in world.facts and cell.value is not None)


@dataclass
class Arguing:
    """The reasons of the decisions of one case."""

    report: Report
    flipping: Flipping

    @cached_property
    def teller(self) -> Teller:
        return Teller(self.report.inference)

    def item(self, decision: Decision) -> Item:
        """Return which facts decide as something to be asked, the answer that none does among the rest: that nothing is asked
        would tell how it comes out."""
        subject = next(iter(self.report.showing.hiding(decision)), decision)  # what hides a decision settles how it is shown
        outcome = self.report.showing.settled(subject)
        spoken = self.spoken(subject)
        decisive = {(f.changes[0].cell.row, f.changes[0].cell.attribute) for f in self.flipping.singles[subject.key] if not f.hidden}
        facts = tuple(self._offer(subject, outcome, cell, spoken, decisive) for cell in known(self.report))
        some = bool(spoken.get(outcome)) and any(offer.points > 0 for offer in facts)
        if some:
            none = Offer(NONE, "none of the facts", 0, "not so", "some facts do")
        else:
            facts = tuple(replace(offer, points=min(offer.points, 0)) for offer in facts)
            why = "no recorded fact carries it: it is what stands where nothing speaks"
            none = Offer(NONE, "none of the facts", RIGHT, "right", why)
        return Item(
            name=f"facts: {decision.name}", title=f"{decision.title}: the facts", offers=(*facts, none), takes=MOST_FACTS,
            ask=f"Which facts decide that? Up to {MOST_FACTS} numbers, or none. A fact that plays no part costs a point.",
            of=min(at_most(facts, MOST_FACTS), RIGHT) if some else RIGHT,
            ladder=self._ladder(facts) if some else ("Look for a rule that speaks where nothing else does.",),
            topics=topics(self.report, [decision]),
        )  # fmt: skip

    def _offer(self, decision: Decision, outcome: Held | None, cell: Cell, spoken: dict[Held | None, dict[At, list[str]]],
               decisive: set[At]) -> Offer:  # fmt: skip
        at, said = (cell.row, cell.attribute), self.teller.fact(cell)
        if rules := spoken.get(outcome, {}).get(at):
            why = f"{listed(rules)} {'rest' if len(rules) > 1 else 'rests'} on it"
            if at in decisive:
                return Offer(cell.address, said, DECISIVE, "decides", f"{why}; it alone could turn it")
            return Offer(cell.address, said, SPEAKING, "speaks for it", why)
        for option, facts in spoken.items():
            if rules := facts.get(at):
                lost = next(x for x in self.report.inference.settlings[decision.key].whole.lost if x.cast.option == option)
                beaten = Prover(self.report).beaten(decision, lost)
                why = f"it speaks for {self.report.label(decision, option)} ({listed(rules)}), but {beaten}"
                return Offer(cell.address, said, 0, "weighed wrong", why)
        if at in decisive:
            return Offer(cell.address, said, SPEAKING, "plays a part", "were it otherwise, it alone could turn it")
        return Offer(cell.address, said, COSTS, "no reason", "no rule that speaks on this rests on it")

    def spoken(self, decision: Decision) -> dict[Held | None, dict[At, list[str]]]:
        """Return for each option that anybody spoke for the recorded facts under it, each with the rules that rest on it."""
        outcome = self.report.inference.settlings[decision.key].whole
        found: dict[Held | None, dict[At, list[str]]] = {}
        for cast, option in [*((c, c.option) for c in outcome.carried), *((lost.cast, lost.cast.option) for lost in outcome.lost)]:
            for behind in self.report.inference.behind((cast,)):
                for at in self._under(behind):
                    rules = found.setdefault(option, {}).setdefault(at, [])
                    rules += [behind.firing.rule] if behind.firing.rule not in rules else []
        return found

    def _under(self, cast: Cast) -> set[At]:
        """Return the recorded facts under a vote, through what rules concluded from them."""
        explainer = self.report.explainer
        cells = [ground for ground in explainer.grounds(cast.firing) if isinstance(ground, Cell)]
        concluded = [cell.key for cell in cells if cell.key in self.report.inference.knowledge.settles]
        found = {(cell.row, cell.attribute) for cell in cells} | explainer.under(concluded)
        return {at for at in found if at in self.report.inference.world.facts}

    def _ladder(self, offers: tuple[Offer, ...]) -> tuple[str, ...]:
        reasons = [cell for cell, offer in zip(known(self.report), offers, strict=True) if offer.points > 0]
        about = listed(dict.fromkeys(self.teller.owner(cell.row) for cell in reasons))
        many = "one fact counts" if len(reasons) == 1 else f"{len(reasons)} facts count"
        return (f"Here {many}.", f"Look at {about}.")
