"""Why something did not come out: the rules that came nearest, what stopped each, and what beat it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from .asking import vocabulary_asks
from .blocks import Block, Branch, Heading, Page, Paragraph, Tree
from .conditions import Test
from .evaluating import FALSE, TRUE, UNKNOWN, matches
from .nearing import Miss, misses
from .proving import BY, Prover
from .reasons import as_json, branch
from .reporting import Report
from .rules import STRENGTHS, Against, Decision, Rule, Vote
from .settling import Outcome, ranking
from .subjects import Subject, came_out, outcomes, subject_of
from .telling import Step, placed
from .terms import Value
from .wording import listed

NEAREST = 2
"""So many near misses are shown."""


@dataclass(frozen=True)
class Near:
    """A rule that did not fire and how near it came; `option` is what it would speak for, `carries` whether that would do."""

    rule: Rule
    miss: Miss
    option: Value | None = None
    strength: str = ""
    carries: str = ""


@dataclass
class Obstacles:
    """Answers `whynot` for one case; `other` is how why is asked about a word."""

    report: Report
    other: str

    def __post_init__(self) -> None:
        self.inference = self.report.inference
        self.knowledge = self.inference.knowledge
        self.prover = Prover(self.report, 0)
        self.teller = self.prover.teller

    def page(self, word: str) -> Page:
        """Return why something did not come out; where it did, that it did, and the command that says why."""
        subject = subject_of(word, self.report)
        if subject.rules:
            return self._rules(subject)
        return self._decision(subject, subject.decision) if subject.decision else self._fact(subject)

    # --- rules

    def _rules(self, subject: Subject) -> Page:
        silent = [rule for rule in subject.rules if rule.id not in self.report.showing.fired]
        if not silent:
            names = listed(rule.id for rule in subject.rules)
            return self._pointing(f"{names} fired: {subject.rules[0].title}.", subject)
        found = [(rule, self._near(rule)) for rule in silent]
        blocks: list[Block] = []
        for rule, near in found:
            blocks += [Heading(f"Why not {rule.id}: {rule.title}"), Paragraph(f"{rule.strength}, {placed(rule.place)}. {rule.why}")]
            blocks += [Paragraph(said) for said in self._unheard(rule)]
            blocks += self._laid_out(near)
        data = [{"rule": rule.id, "unheard": self._unheard(rule), "nearest": self._json(near)} for rule, near in found]
        return Page(tuple(blocks), {"came_out": False, "asked": subject.named(), "rules": data})

    def _near(self, rule: Rule) -> list[Near]:
        return [Near(rule, miss) for miss in misses(rule, self.inference.world, self.knowledge)[:NEAREST]]

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
            choice = self.teller.value(self.prover.cell(decision), self.report.showing.shown(decision))
            said = f"{self._title(decision)} is: {choice}."
            if subject.option is None and (others := [o for o in decision.options if o != self.report.showing.settled(decision)]):
                said += f" To ask about another option, name it, as {decision.name}={others[0]}."
            return self._pointing(said, subject)
        row, outcome = outcomes(subject, self.inference)[0]
        wanted = self._label(decision, subject.option) if subject.option is not None else ""
        is_now = self._label(decision, outcome.choice) if outcome.choice is not None else ""
        said = f"{self._title(decision)} is: {is_now}." if is_now else f"No option stands for {self._title(decision).lower()}."
        instead = self._instead(decision, outcome)
        beaten = [self._fired(decision, lost) for lost in outcome.lost if subject.option in (None, lost.cast.option)]
        near = self._nearest(decision, subject.option, outcome)
        blocks: list[Block] = [Heading(f"Why not {self._title(decision).lower()}{': ' + wanted if wanted else ''}"), Paragraph(said)]
        blocks += [Paragraph(f"What stands instead: {text}") for text in instead]
        blocks += [Tree(tuple(branch(step, self.teller) for step in beaten))] if beaten else []
        blocks += self._laid_out(near)
        follows = [] if near else self._leads(decision, subject.option, outcome, bool(beaten))
        blocks += [Paragraph(text) for text in follows]
        return Page(
            tuple(blocks),
            {
                "came_out": False, "asked": subject.named(), "says": said, "row": row.address if row else None, "instead": instead,
                "beaten": [as_json(step, self.teller) for step in beaten], "nearest": self._json(near), "follows": follows,
            },
        )  # fmt: skip

    def _title(self, decision: Decision) -> str:
        return self.teller.sentence(self.teller.subject(self.prover.cell(decision)) if decision.derived else decision.title)

    def _label(self, decision: Decision, value: Value) -> str:
        return self.teller.value(self.prover.cell(decision), value)

    def _instead(self, decision: Decision, outcome: Outcome) -> list[str]:
        """Return who carried what stands, a sentence each, the strongest first."""
        found: dict[str, str] = {}
        for cast in outcome.carried:
            rule = self.knowledge.by_id.get(cast.firing.rule)
            effect = rule.then[cast.effect] if rule else None
            text = self.teller.names.say(effect.say, cast.firing) if isinstance(effect, Vote) and effect.say else rule.title if rule else ""
            if rule:
                found.setdefault(rule.id, f"{self._label(decision, cast.option)}, by {rule.id} {BY[cast.strength]}: {text}")
        return list(found.values())[:NEAREST]

    def _fired(self, decision: Decision, lost: Any) -> Step:
        rule = self.prover.speaker_of(lost.cast)
        option = self._label(decision, lost.cast.option)
        said = f"{rule} spoke for {option} {BY[lost.cast.strength]}, and lost: {self.prover.beaten(decision, lost)}"
        return Step("beaten", said, TRUE, rule=lost.cast.firing.rule)

    def _nearest(self, decision: Decision, option: Value | None, outcome: Outcome) -> list[Near]:
        """Return the silent rules that would speak for an option (or any), the nearest first."""
        found = []
        for rule in self.knowledge.voters.get(decision.key, ()):
            votes = [v for v in rule.votes if v.target.key in decision.keys and option in (None, v.option)]
            if not votes or rule.id in self.inference.firings:
                continue
            vote = min(votes, key=lambda v: STRENGTHS.index(v.strength))
            chosen = vote.option if isinstance(vote.option, str | int | float) else None
            if near := misses(rule, self.inference.world, self.knowledge):
                carries = self._carries(decision, vote.strength, chosen, outcome) if chosen is not None else ""
                found.append(Near(rule, near[0], chosen, vote.strength, carries))
        return sorted(found, key=lambda near: (near.miss.key, STRENGTHS.index(near.strength), near.rule.id))[:NEAREST]

    def _carries(self, decision: Decision, strength: str, option: Value, outcome: Outcome) -> str:
        """Return what would come of a vote, were it cast beside those that were."""
        against = [r.id for r in self._speaking_against(decision, option)] if strength in ("default", "advise") else []
        if against:
            return f"Even then it would not be so: {listed(against)} would take it off the table."
        would = f"Then it would be: {self._label(decision, option)}."
        if decision.choose != "one" or outcome.choice is None or outcome.strength is None:
            return would
        mine, theirs = STRENGTHS.index(strength), STRENGTHS.index(outcome.strength)
        rank = ranking(decision, self.inference.program.speaking[decision.key].order(self.inference.world.frame))
        if mine < theirs or (mine == theirs and rank(option) < rank(outcome.choice)):
            return would
        who = listed(dict.fromkeys(c.firing.rule for c in outcome.carried if c.firing.rule in self.knowledge.by_id))
        stronger = "speaks more strongly" if theirs < mine else "stands first in the declared order"
        return f"Even then it would not be so: {self._label(decision, outcome.choice)} ({who}) {stronger}."

    def _speaking_against(self, decision: Decision, option: Value) -> Iterable[Rule]:
        for rule in self.knowledge.voters.get(decision.key, ()):
            own = [e for e in rule.then if isinstance(e, Against) and e.target.key in decision.keys and e.option == option]
            if own and rule.id in self.inference.firings:
                yield rule

    def _leads(self, decision: Decision, option: Value | None, outcome: Outcome, spoken: bool) -> list[str]:
        """Return where an option comes from that no silent rule speaks for: a decision that it follows, or nowhere."""
        found = []
        for ref, to in decision.follows:
            other = self.knowledge.settles[ref.key]
            for word, brought in to.items():
                if option in (None, brought) and word != self.report.showing.settled(other):
                    asked = self.other.replace(" why ", " whynot ", 1)
                    would = self._carries(decision, "default", brought, outcome)
                    found.append(f"It follows {other.title.lower()}, were that: {self._label(other, word)}. {would}")
                    found.append(f"Why that is not so: {asked} {other.name}={word}")
        return found or ([] if spoken else ["No rule speaks for it."])

    # --- facts

    def _fact(self, subject: Subject) -> Page:
        cell = subject.cell
        assert cell is not None
        if cell.value is not None:
            return self._pointing(f"{self.teller.sentence(self.teller.fact(cell))}.", subject)
        step = self._advised(Step("test", self.teller.fact(cell), UNKNOWN, None, cell))
        blocks = (Heading(f"Why not {self.teller.subject(cell)}"), Tree((branch(step, self.teller),)))
        return Page(blocks, {"came_out": False, "asked": cell.address, "stopped_by": [as_json(step, self.teller)]})

    # --- layout

    def _pointing(self, said: str, subject: Subject) -> Page:
        command = f"{self.other} {subject.named()}"
        return Page((Paragraph(said), Paragraph(f"Why: {command}")), {"came_out": True, "says": said, "instead": command})

    def _laid_out(self, nears: Sequence[Near]) -> list[Block]:
        if not nears:
            return []
        one = len({near.rule.id for near in nears}) == 1
        return [Paragraph("Nearest:"), Tree(tuple(self._branch(near, one and bool(i)) for i, near in enumerate(nears)))]

    def _branch(self, near: Near, again: bool) -> Branch:
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
        stopped = [branch(step, self.teller) for step in self.stopped(near)]
        if held := [step.text for step in self.held(near)]:
            stopped.append(Branch(f"Holds already: {'; '.join(held)}"))
        if near.carries and not again:
            stopped.append(Branch(near.carries))
        return Branch(head, (), tuple(stopped))

    def _json(self, nears: Sequence[Near]) -> list[dict[str, Any]]:
        return [
            {
                "rule": near.rule.id, "title": near.rule.title, "place": placed(near.rule.place), "option": near.option,
                "strength": near.strength or None, "if_it_fired": near.carries or None,
                "rows": {name: row.address for name, row in near.miss.match.rows},
                "stopped_by": [as_json(step, self.teller) for step in self.stopped(near)],
                "holds": [as_json(step, self.teller) for step in self.held(near)],
            }
            for near in nears
        ]  # fmt: skip

    # --- what stopped a rule

    def stopped(self, near: Near) -> list[Step]:
        """Return what stopped a rule, each with what can be done about it."""
        return [self._advised(step) for step in self.teller.steps(near.miss.stopped_by)]

    def held(self, near: Near) -> list[Step]:
        """Return what holds of a rule that was stopped."""
        nodes = [
            n
            for top in near.miss.match.tree.children
            for n in (top.children if isinstance(top.item, Test) is False and top.row else (top,))
        ]
        return [step for step in self.teller.steps(n for n in nodes if n.verdict is TRUE and n.item != "unless") if not step.aside]

    def _advised(self, step: Step) -> Step:
        """Return a step that does not hold, with what to do about it: ask, change it, or go one conclusion deeper."""
        if step.verdict is TRUE or step.kind == "fact":
            return step
        steps = tuple(self._advised(inner) for inner in step.steps)
        if step.cell is None:
            return replace(step, steps=steps)
        if step.cell.key in self.knowledge.settles:
            return replace(step, steps=(*steps, *self._deeper(step)))
        return replace(step, steps=steps, notes=(*step.notes, *self._to_do(step)))

    def _to_do(self, step: Step) -> tuple[str, ...]:
        assert step.cell is not None
        attribute = self.teller.attribute(step.cell)
        if attribute is None or not attribute.ask:
            return ()
        ask, whom = vocabulary_asks(step.cell.row, attribute)
        asks = f"{'Ask ' + whom if whom else 'Ask'}: {ask}"
        if step.cell.value is None:
            return (asks,)
        if step.wanted == "not known":
            return ()
        return ("We can bring this about.",) if attribute.changeable else ("Not ours to change; make sure that it is still so.",)

    def _deeper(self, step: Step) -> Iterable[Step]:
        """Yield the rule that came nearest to concluding what is wanted, with what stopped it."""
        assert step.cell is not None
        decision = self.knowledge.settles[step.cell.key]
        wanted = self._passing.get((step.place, step.cell), ())
        for option in wanted:
            lost = [entry for entry in self.inference.settlings[decision.key].whole.lost if entry.cast.option == option]
            if lost:
                yield self._fired(decision, lost[0])
                return
        settling = self.inference.settlings[decision.key].whole
        found = [near for option in wanted for near in self._nearest(decision, option, settling)]
        for near in sorted(found, key=lambda near: (near.miss.key, near.rule.id))[:1]:
            steps = tuple(s if s.cell is None or s.cell.key in self.knowledge.settles else replace(s, notes=self._to_do(s)) for s in
                          self.teller.steps(near.miss.stopped_by))  # fmt: skip
            said = (
                f"{self._label(decision, near.option)} would be concluded by {near.rule.id}, which lacks"
                if near.option is not None
                else near.rule.id
            )
            yield Step("near", said, FALSE, near.rule.place, steps=steps, rule=near.rule.id)

    @cached_property
    def _passing(self) -> dict[Any, tuple[Value, ...]]:
        """The options of what rules conclude with which each test on it would hold, by the test's place and the fact."""
        found: dict[Any, tuple[Value, ...]] = {}
        for rule in self.knowledge.rules:
            for match in matches(rule, self.inference.world, self.knowledge):
                for node in match.tree.walk():
                    if isinstance(node.item, Test) and node.cell is not None and node.cell.key in self.knowledge.settles:
                        found[node.item.place, node.cell] = _options_for(node.item, self.knowledge.settles[node.cell.key])
        return found


def _options_for(test: Test, decision: Decision) -> tuple[Value, ...]:
    """Return the options of a decision with which a test on it holds, none where it is compared with something else."""
    named = tuple(o for o in test.options if isinstance(o, str))
    if test.bounds or (not named and not test.negated):
        return ()
    return tuple(o for o in decision.options if o not in named) if test.negated else named
