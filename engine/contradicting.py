"""Says of a rule base that can be read where it asks for what cannot be: conditions at odds, exceptions and needs ruled out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .clashing import Clashing
from .conditions import Condition, Settled, walk
from .problems import Problem
from .rules import Knowledge, Rule

CARRYING = ("law", "veto", "must", "default", "advise")
"""The strengths that carry an option where it is more than a fallback."""


def contradictions(rule: Rule, knowledge: Knowledge) -> Iterator[Problem]:
    """Yield the conditions of a rule that cannot hold together, and the exceptions and needs that the others rule out."""
    looking = Clashing(knowledge.vocabulary, knowledge.figures)
    for condition in walk((*rule.when, *rule.unless)):
        if isinstance(condition, Settled) and condition.by and not set(condition.by) & set(CARRYING):
            message = f"no option is ever carried by {' or '.join(condition.by)} before fallbacks, so this never holds"
            yield Problem("R244", message, (condition.place,), f"one of {', '.join(CARRYING)}")
    found = list(_at_odds(looking, rule.when))
    yield from found
    if found:
        return
    yield from _at_odds(looking, rule.unless, rule.when, "this exception never holds where the rule does: ")
    if rule.unless and all(condition in rule.when for condition in rule.unless):
        help = "the rule would never speak; take the exception out, or say more in it"
        yield Problem("R243", "the exception holds whenever the conditions do", (rule.unless[0].place,), help)
    for line in rule.lines:
        yield from _at_odds(looking, line.needs, rule.when, "this line is never said: ")


def contradictions_elsewhere(knowledge: Knowledge) -> Iterator[Problem]:
    """Yield the same of decisions, scorecards, the route and the outlines."""
    looking = Clashing(knowledge.vocabulary, knowledge.figures)
    route, outlines = knowledge.route, knowledge.outlines
    found: list[tuple[Condition, ...]] = [decision.unless for decision in knowledge.decisions]
    found += [row.condition for card in knowledge.scorecards.values() for _, rows in card.factors for row in rows]
    found += [end.when for end in route.ends] if route else []
    found += [activity.says.when for stage in route.stages for activity in stage.activities] if route else []
    found += [when for _, when in outlines.conditions()] if outlines else []
    for conditions in found:
        yield from _at_odds(looking, conditions)
    for _, sentence, bound in outlines.sentences() if outlines else ():
        yield from _at_odds(looking, sentence.when, bound)


def _at_odds(looking: Clashing, conditions: Sequence[Condition], beside: Sequence[Condition] = (), whose: str = "") -> Iterator[Problem]:
    """Yield what cannot hold together in a list, or with those beside it that were looked at before."""
    known = set(looking.clashes(beside))
    for clash in looking.clashes([*beside, *conditions]) if conditions else ():
        if clash not in known:
            help = "take it out, or mend what it asks" if whose else clash.help
            yield Problem("R242", f"{whose}{clash.what}", clash.places, help)
