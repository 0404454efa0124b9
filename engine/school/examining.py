"""Makes an examination out of one step of a case: what has to be decided, by which facts, what is to be done and asked next,
what would turn it. What each answer earns is read off the case as it is worked out, and offers stand in an order that says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from ..acts import FIRST, first_acts
from ..advising import Consultation
from ..failing import Failing
from ..flipping import Flipping
from ..lines import Said
from ..proving import Prover
from ..reading.cases import stem
from ..reporting import Report
from ..rules import Decision
from ..telling import Teller
from ..wording import capital
from .arguing import Arguing
from .contrasting import Contrast, flip_item, said
from .distracting import UNCALLED, acts_elsewhere, questions_elsewhere
from .exercising import NONE, examined, topics
from .grading import BESIDE, COSTS, RIGHT, Item, Offer, laid_out
from .hinting import ladder

SECOND, SPOKEN_FOR = 2, 1
"""What a choice earns that is not right: the runner-up, another that somebody spoke for."""
FIRST_THING, LATER = 2, 1
"""What an act or a question earns: one of the first, one that can wait."""


def examination(consultation: Consultation, last: bool, about: Collection[str] = ()) -> tuple[Item, ...]:
    """Return all that is asked on one step, in its order; on the last one of a case also what would turn it. `about` are the
    rules that the step is told for: what they ask for is as right as what comes first."""
    return tuple(_items(consultation, last, about))


def _items(consultation: Consultation, last: bool, about: Collection[str]) -> Iterator[Item]:
    report = consultation.report(labels=True)
    flipping = Flipping(consultation.inference)
    arguing = Arguing(report, flipping)
    for decision in examined(consultation.knowledge):
        yield choice(report, decision)
        yield arguing.item(decision)
    if acts := _acts(consultation, report, about):
        yield acts
    if questions := _questions(report):
        yield questions
    if last and (flip := flip_item(report, flipping)):
        yield flip


def contrasted(base: Consultation, contrast: Contrast) -> Item:
    """Return what comes of a case with one fact otherwise, as something to be asked."""
    report, decision = contrast.consultation.report(labels=True), contrast.decision
    change = said(Teller(base.inference), contrast.change)
    was = base.showing.shown(decision)
    before = base.report(labels=True).label(decision, was) if was is not None else NONE
    ask = f"The same case with one fact otherwise. {capital(change)}. {decision.title} was: {before}. What is it now?"
    return choice(report, decision, f"contrast: {contrast.name}", ask)


# --- what is decided


def choice(report: Report, decision: Decision, name: str = "", ask: str = "") -> Item:
    """Return how a decision comes out, asked with every option it has; by default in the words of the vocabulary."""
    offers = tuple(_option(report, decision, option) for option in (*decision.options, *_none(report, decision)))
    if not ask:
        ask = f"{report.inference.knowledge.vocabulary.entities[decision.entity].attributes[decision.name].meaning} Which of these?"
    rungs, tells = ladder(report, decision)
    return Item(
        name or f"choice: {decision.name}", decision.title, ask, offers, takes=1, of=RIGHT, ladder=rungs,
        topics=topics(report, [decision]), tells=tells,
    )  # fmt: skip


def _none(report: Report, decision: Decision) -> tuple[None, ...]:
    """Return the answer that nothing is to be named, for a decision that can be shown so."""
    can = any((entry.option is None and not entry.followed) or entry.if_voted for entry in decision.shown)
    return (None,) if can or report.showing.shown(decision) is None else ()


def _option(report: Report, decision: Decision, option: str | None) -> Offer:
    said = report.label(decision, option) if option is not None else "none: nothing is to be named"
    key, outcome = option or NONE, report.inference.settlings[decision.key].whole
    lost = next((entry for entry in outcome.lost if entry.cast.option == option), None)
    if option == report.showing.shown(decision):
        because = [f"{reason['text']} ({reason['rule']})" for reason in report.decision(decision)["because"][:1]]
        return Offer(key, said, RIGHT, "right", "".join(because) or "no rule speaks for an option here")
    if option is not None and option == report.showing.settled(decision):
        return Offer(key, said, SECOND, "second", "so it would be, were it not for another decision")
    if lost:
        verdict, points = ("second", SECOND) if option == outcome.runner_up else ("spoken for", SPOKEN_FOR)
        return Offer(key, said, points, verdict, Failing(Prover(report)).fired(decision, lost).text)
    return Offer(key, said, 0, "wrong", "no rule speaks for it here")


# --- what is done and asked next


def _acts(consultation: Consultation, report: Report, about: Collection[str]) -> Item | None:
    first = first_acts(consultation)
    if not first:
        return None
    rules = [act.rule for act in first if act.rule]
    rest = {s.rule.id: s for s in report.lines.acts() if s.rule.id not in rules and not s.rule.waits_for_questions}
    offers = [Offer(act.rule or act.route, act.text, FIRST_THING, "first", act.note) for act in first]
    twice = [n for n, offer in enumerate(offers) if offer.key in [before.key for before in offers[:n]]]
    offers = [replace(offer, key=f"{offer.key} {n}") if n in twice else offer for n, offer in enumerate(offers)]
    told = {rule: s for rule, s in rest.items() if rule in about or stem(rule) in about}
    offers += [
        Offer(rule, s.text, FIRST_THING, "what the step is about", _standing(s), named=False) for rule, s in list(told.items())[:BESIDE]
    ]
    later = [(rule, s) for rule, s in rest.items() if rule not in told]
    offers += [Offer(rule, s.text, LATER, "can wait", _standing(s)) for rule, s in later[:BESIDE]]
    offers += acts_elsewhere(report, {word for s in report.lines.acts() for word in (s.text, s.rule.id)} | {offer.text for offer in offers})
    return Item(
        "acts", "Next actions", f"What do you do next? {_up_to(len(first))}", _laid_out(report, offers), takes=len(first),
        of=FIRST_THING * len(first), ladder=tuple(_rests_on(report, rule) for rule in rules), topics=topics(report, rules=rules),
    )  # fmt: skip


def _standing(said: Said) -> str:
    return f"{said.line.strength}, {said.rule.id}: it is advised too, and others come before it"


def _rests_on(report: Report, rule_id: str) -> str:
    steps = Prover(report, depth=0).grounds(report.inference.firings[rule_id][0], 0)
    return f"One of them rests on this: {'; '.join([step.text for step in steps if not step.aside][:2])}."


def _questions(report: Report) -> Item | None:
    worth = [question for question in report.questions if question.open and report.asks_now(question)]
    first, rest, idle = worth[:FIRST], worth[FIRST:][-BESIDE:], questions_elsewhere(report)
    if not first or not (rest or idle):
        return None
    asked = [(question, FIRST_THING, "first", report.worth(question)) for question in first]
    asked += [(question, LATER, "can wait", report.worth(question)) for question in rest]
    asked += [(question, COSTS, UNCALLED, why) for question, why in idle]
    offers = [Offer(q.fact, q.words(report.speaker)[0], points, verdict, why) for q, points, verdict, why in asked]
    rules = [change.rule for question in first for change in question.could_change if change.rule]
    return Item(
        "questions", "Next questions", f"What do you ask next? {_up_to(len(first))}", _laid_out(report, offers),
        takes=len(first), of=FIRST_THING * len(first), ladder=tuple(f"One of them: {report.worth(q)}." for q in first),
        topics=topics(report, rules=rules),
    )  # fmt: skip


def _up_to(many: int) -> str:
    return f"{f'Up to {many}' if many > 1 else 'One'} of these. One that is not called for costs a point."


def _laid_out(report: Report, offers: Sequence[Offer]) -> tuple[Offer, ...]:
    return laid_out(offers, len(report.inference.world.facts))
