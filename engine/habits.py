"""Warns about rules and sentences that can be read, but may not mean what their author thinks."""

from __future__ import annotations

from collections.abc import Iterator

from .conditions import Condition, patterns, walk
from .problems import Problem
from .rules import STRENGTHS, Knowledge, Line, Rule
from .texts import Sentence


def habits(rule: Rule, knowledge: Knowledge) -> Iterator[Problem]:
    """Yield warnings about a rule that can be read, but may not mean what its author thinks."""
    yield from _unsaid((*rule.when, *rule.unless), rule.id, knowledge)
    if rule.title.rstrip(".").lower() in rule.why.lower():
        yield Problem("W502", f"the why of {rule.id} repeats its title", (rule.place,), "say what a junior learns from it", "warning")
    for line in rule.lines:
        yield from _unmarked(line, rule.id, knowledge)
    yield from _overruling(rule, knowledge)


def _overruling(rule: Rule, knowledge: Knowledge) -> Iterator[Problem]:
    """Yield where a rule that anybody may change speaks more strongly than a locked one, for something else."""
    for vote in () if rule.locked else rule.votes:
        decision = knowledge.settles[vote.target.key]
        for other in knowledge.voters.get(decision.key, ()):
            theirs = [v for v in other.votes if v.target.key in decision.keys and v.option != vote.option] if other.locked else []
            if any(STRENGTHS.index(vote.strength) < STRENGTHS.index(v.strength) for v in theirs):
                message = f"{rule.id} speaks more strongly on {'.'.join(decision.key)} than {other.id}, which is locked"
                help = "what is locked can be overruled so, unseen; speak less strongly, or let whoever answers for it lock this rule too"
                yield Problem("W506", message, (vote.place, other.place), help, "warning")


def sentence_habits(knowledge: Knowledge) -> Iterator[Problem]:
    """Yield the same warnings about the sentences that stand outside rules, in the route and in the outlines."""
    route, outlines = knowledge.route, knowledge.outlines
    found = [(activity.id, activity.says, ()) for stage in route.stages for activity in stage.activities] if route else []
    for where, sentence, bound in [*found, *(outlines.sentences() if outlines else ())]:
        yield from _unsaid(sentence.when, where, knowledge, bound)
        yield from _unmarked(sentence, where, knowledge)
    for where, conditions in outlines.conditions() if outlines else ():
        yield from _unsaid(conditions, where, knowledge)


def _unmarked(line: Line | Sentence, where: str, knowledge: Knowledge) -> Iterator[Problem]:
    """Yield a warning where a line's words mean something that the vocabulary wants it to ask leave for."""
    text = "".join(part if isinstance(part, str) else "..." for part in line.text.parts).lower()
    for attribute in knowledge.vocabulary.attributes():
        said = next((phrase for phrase in attribute.wanted_by if phrase in text), None)
        name = f"{attribute.entity}.{attribute.name}"
        asks = any(need.entity == attribute.entity and t.attribute == attribute.name for need in line.needs for t in need.tests)
        if said and not asks:
            help = f"write `needs: {{{name}: {attribute.values[0]}}}` beside it, or say it in other words"
            yield Problem("W503", f"{where} says {said!r} and does not need {name}", (line.place,), help, "warning")


def _unsaid(conditions: tuple[Condition, ...], where: str, knowledge: Knowledge, bound: tuple[Condition, ...] = ()) -> Iterator[Problem]:
    """Yield a warning where conditions, and those that bound their rows, leave open what holds unless somebody says otherwise."""
    asked = [(p, tests) for condition in walk((*bound, *conditions)) for p, tests in patterns(condition)]
    same_row = {p.name for p, tests in asked for t in tests if _default(p.entity, t.attribute, knowledge)}
    for pattern, tests in [found for condition in walk(conditions) for found in patterns(condition)]:
        for attribute in knowledge.vocabulary.entities[pattern.entity].attributes.values():
            said = any(test.attribute == attribute.name for test in tests) or (pattern.name and pattern.name in same_row)
            if attribute.unless_said is not None and not said:
                help = f"write {attribute.name}: {attribute.unless_said}, or {attribute.name}: known where it does not matter"
                message = f"{where} asks about a {pattern.entity} and does not say whether {attribute.name}"
                yield Problem("W501", message, (pattern.place,), help, "warning")


def _default(entity: str, attribute: str, knowledge: Knowledge) -> bool:
    found = knowledge.vocabulary.attribute(entity, attribute)
    return found is not None and found.unless_said is not None
