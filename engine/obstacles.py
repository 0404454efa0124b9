"""Why something did not come out: the rules that came nearest, what stopped each, and what beat it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .blocks import Block, Branch, Heading, Page, Paragraph, Tree, command, unmarked
from .evaluating import UNKNOWN
from .failing import NEAREST, Failing, Near
from .proving import BY
from .reasons import Answering, as_json, branch
from .recounting import Step
from .rules import Decision, Rule, Vote
from .settling import Cast, Outcome
from .subjects import Subject, came_out, outcomes
from .telling import placed
from .terms import Held, Value
from .wording import listed


@dataclass
class Obstacles(Answering):
    """Answers `whynot`."""

    depth: int | None = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.inference = self.report.inference
        self.knowledge = self.inference.knowledge
        self.failing = Failing(self.prover)

    # --- rules

    def _rules(self, subject: Subject) -> Page:
        silent = [rule for rule in subject.rules if rule.id not in self.report.showing.fired]
        if not silent:
            names = listed(rule.id for rule in subject.rules)
            return self._pointing(f"{names} fired: {subject.rules[0].title}.", subject, came_out=True)
        found = [(rule, self.failing.near(rule)) for rule in silent]
        blocks: list[Block] = []
        for rule, near in found:
            blocks += [Heading(f"Why not {rule.id}: {rule.title}"), Paragraph(f"{rule.strength}, {placed(rule.place)}. {rule.why}")]
            blocks += [Paragraph(said) for said in self._unheard(rule)]
            blocks += self._laid_out(near)
        data = [{"rule": rule.id, "unheard": self._unheard(rule), "nearest": self._json(near)} for rule, near in found]
        return Page(tuple(blocks), {"came_out": False, "asked": subject.named(), "rules": data})

    def _unheard(self, rule: Rule) -> list[str]:
        """Return why a rule whose conditions hold is not among those that fired."""
        if rule.id not in self.inference.firings:
            return []
        if rule.draft:
            return ["Its conditions hold, but it is on trial: it changes nothing yet."]
        spoke = {c.firing.rule for v in rule.votes for o in self.inference.outcomes(v.target.key) for c in o.carried}
        return [f"Its conditions hold, but it speaks only where nothing else does, and {listed(sorted(spoke))} did."]

    # --- decisions and derived facts

    def _decision(self, subject: Subject, decision: Decision) -> Page:
        if came_out(subject, self.report):
            said = self._stands(decision, self.report.showing.shown(decision))
            if subject.option is None and (others := [o for o in decision.options if o != self.report.showing.settled(decision)]):
                said += f" To ask about another option, name it, as {decision.name}={others[0]}."
            return self._pointing(said, subject, came_out=True)
        row, outcome = outcomes(subject, self.inference)[0]
        wanted = self.failing.label(decision, subject.option) if subject.option is not None else ""
        said = self._stands(decision, decision.held(outcome.choices))
        instead = self._instead(decision, outcome)
        lost = [entry for entry in outcome.lost if subject.option in (None, entry.cast.option)]
        beaten = list(dict.fromkeys(self.failing.fired(decision, entry) for entry in lost))
        near = self.failing.nearest(decision, subject.option)
        would = [self.failing.leads(decision, row, one) for one in near]
        blocks: list[Block] = [Heading(f"Why not {self._title(decision).lower()}{': ' + wanted if wanted else ''}"), Paragraph(said)]
        blocks += [Paragraph(f"What stands instead: {text}") for text in instead]
        blocks += [Tree(tuple(branch(step, self.teller) for step in beaten))] if beaten else []
        blocks += self._laid_out(near, would)
        follows = [] if near else self._leads(decision, subject.option, outcome, bool(beaten))
        blocks += [Paragraph(text) for text in follows]
        return Page(
            tuple(blocks),
            {
                "came_out": False, "asked": subject.named(), "says": said, "row": row.address if row else None, "instead": instead,
                "beaten": [as_json(step, self.teller) for step in beaten], "nearest": self._json(near, would),
                "follows": [unmarked(text) for text in follows],
            },
        )  # fmt: skip

    def _stands(self, decision: Decision, choice: Held | None) -> str:
        """Return how a decision came out; one that is shown otherwise with what it would be, and because of what it is not."""
        cell = self.prover.cell(decision)
        if choice is None and cell.value is None:
            return f"No option stands for {self._title(decision).lower()}."
        if not self.report.showing.hiding(decision):
            return f"{self._title(decision)} is: {self.teller.value(cell, choice)}."
        shown = self.report.showing.shown(decision)
        seen = f"Shown is: {self.teller.value(cell, shown)}," if shown is not None else "It is not shown,"
        return f"{self._title(decision)} would be: {self.teller.value(cell, cell.value)}. {seen} because {self.prover.hiding()}."

    def _instead(self, decision: Decision, outcome: Outcome) -> list[str]:
        """Return who carried what stands, a sentence each, the strongest first."""
        by_rule: dict[str, list[Cast]] = {}
        for cast in outcome.carried:
            if cast.firing.rule in self.knowledge.by_id:
                by_rule.setdefault(cast.firing.rule, []).append(cast)
        found = []
        for rule_id, casts in by_rule.items():
            rule = self.knowledge.by_id[rule_id]
            options = list(dict.fromkeys(cast.option for cast in casts))
            effect = rule.then[casts[0].effect]
            said = effect.say if isinstance(effect, Vote) and len(options) == 1 else None
            text = self.teller.names.say(said, casts[0].firing) if said else rule.title
            labels = listed(self.failing.label(decision, option) for option in options)
            found.append(f"{labels}, by {rule_id} {BY[casts[0].strength]}: {text}")
        return found[:NEAREST]

    def _leads(self, decision: Decision, option: Value | None, outcome: Outcome, spoken: bool) -> list[str]:
        """Return where an option comes from that no silent rule speaks for: a decision that it follows, or nowhere."""
        found = []
        for ref, to in decision.follows:
            other = self.knowledge.settles[ref.key]
            for word, brought in to.items():
                if option in (None, brought) and word != self.report.showing.settled(other):
                    asked = self.other.replace(" why ", " whynot ", 1)
                    would = self.failing.follows(decision, brought, other, word)
                    found.append(f'It follows "{other.title.lower()}", were that: {self.failing.label(other, word)}. {would}')
                    found.append(f"Why that is not so: {command(f'{asked} {other.name}={word}')}")
        if found or spoken:
            return found
        beside = {c.firing.rule: self.failing.label(decision, c.option) for c in outcome.carried if option in c.others}
        said = "No rule speaks for it" + "".join(f"; {rule} names it as another way beside {label}" for rule, label in beside.items())
        return [f"{said}."]

    # --- facts

    def _fact(self, subject: Subject) -> Page:
        cell = subject.cell
        assert cell is not None
        if cell.value is not None:
            return self._pointing(f"{self.teller.sentence(self.teller.fact(cell))}.", subject, came_out=True)
        step = self.failing.advised(Step("test", self.teller.fact(cell), UNKNOWN, None, cell))
        blocks = (Heading(f"Why not {self.teller.subject(cell)}"), Tree((branch(step, self.teller),)))
        return Page(blocks, {"came_out": False, "asked": cell.address, "stopped_by": [as_json(step, self.teller)]})

    # --- layout

    def _laid_out(self, nears: Sequence[Near], would: Sequence[str] = ()) -> list[Block]:
        if not nears:
            return []
        return [Paragraph("Nearest:"), Tree(tuple(self._branch(near, "".join(would[i : i + 1])) for i, near in enumerate(nears)))]

    def _branch(self, near: Near, would: str) -> Branch:
        option = near.option if near.option is not None else ""
        who = listed(dict.fromkeys(self.teller.owner(row) for _, row in near.miss.match.rows))
        with_ = f"With {who}" if who else ""
        if near.strength:
            head = (
                f"{near.rule.id}: {near.rule.title} ({BY[near.strength]}{f', for {option}' if option else ''}; {placed(near.rule.place)})"
            )
            head += f". {with_}, this is missing:" if with_ else ". This is missing:"
        else:
            head = f"{with_ or 'This'}{', this' if with_ else ''} is missing:"
        stopped = [branch(step, self.teller) for step in self.failing.stopped(near)]
        if held := [step.text for step in self.failing.held(near)]:
            stopped.append(Branch(f"Holds already: {'; '.join(held)}"))
        if would:
            stopped.append(Branch(would))
        return Branch(head, (), tuple(stopped))

    def _json(self, nears: Sequence[Near], would: Sequence[str] = ()) -> list[dict[str, Any]]:
        return [
            {
                "rule": near.rule.id, "title": near.rule.title, "place": placed(near.rule.place), "option": near.option,
                "strength": near.strength or None, "if_it_fired": "".join(would[i : i + 1]) or None,
                "rows": {name: row.address for name, row in near.miss.match.rows},
                "stopped_by": [as_json(step, self.teller) for step in self.failing.stopped(near)],
                "holds": [as_json(step, self.teller) for step in self.failing.held(near)],
            }
            for i, near in enumerate(nears)
        ]  # fmt: skip
