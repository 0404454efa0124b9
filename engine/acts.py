"""What to do next: the few acts to begin with, each with what asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from .advising import Consultation
from .lines import Lines, Said

FIRST = 3
"""How many actions and questions the first screen shows."""


@dataclass(frozen=True)
class Act:
    """Something to do next, with what asks for it: a rule, or a line of the route."""

    text: str
    note: str
    rule: str = ""
    route: str = ""


def first_acts(consultation: Consultation, labels: bool = True) -> list[Act]:
    """Return what to begin with, by the labels that people read or by the bare words: what rules ask for, then what the route
    does at this stage."""
    lines = consultation.report(labels).lines
    found = [Act(said.text, tag(said, lines), rule=said.rule.id) for said in _chosen(lines)]
    if len(found) < FIRST and not consultation.showing.quiet:
        for tasks in (tasks for leg in consultation.plan(labels).legs[:1] for tasks in leg.tasks.values()):
            found += [Act(t.text, f"route {t.route}, {t.owner}", route=t.route) for t in tasks if t.route]
    return found[:FIRST]


def _chosen(lines: Lines) -> list[Said]:
    """Return the acts to begin with, in their order: one for each set of facts, so that three do not say one thing
    thrice. What counts the open questions is left out, as the questions stand right below."""
    acts = [said for said in lines.acts() if not said.rule.waits_for_questions]
    seen: set[tuple[str, ...]] = set()
    chosen = []
    for said in acts:
        facts = tuple(sorted(fact["fact"] for fact in lines.because(said)[0]["facts"]))
        if facts not in seen or not facts:
            seen.add(facts)
            chosen.append(said)
    first = chosen[:FIRST] if len(chosen) >= FIRST else [*chosen, *(a for a in acts if a not in chosen)][:FIRST]
    return sorted(first, key=acts.index)


def tag(said: Said, lines: Lines) -> str:
    """Return what asks for a line: its strength, what it has to come before, its rule."""
    line = said.line
    passed = bool(line.blocks) and (lines.stages_until(line.blocks) or 0) < 0
    where = f", {'was due ' if passed else ''}before {line.blocks}" if line.blocks else ""
    return f"{line.strength}{where}, {said.rule.id}: {said.rule.title[:1].lower()}{said.rule.title[1:]}"
