"""Opens a conclusion as a tree: the rules that carried it, the facts they rest on, what rules concluded in turn, what it beat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .conditions import Key
from .evaluating import TRUE, UNKNOWN, matches
from .recounting import Recounter, Step
from .reporting import Report
from .rules import STRENGTHS, Against, Decision, Rule, Vote
from .settling import Cast, Firing, Lost, Outcome, followed
from .telling import placed
from .terms import Value
from .wording import either, listed
from .world import Cell, WorldRow

BY = {
    "law": "by law", "veto": "by veto", "must": "as a must", "default": "by default", "advise": "as advice",
    "fallback": "where nothing else speaks",
}  # fmt: skip


@dataclass
class Prover:
    """Explains one case; what was opened once is not opened again. `depth` is how often a concluded fact is opened in turn."""

    report: Report
    depth: int | None = None
    opened: set[tuple[Key, WorldRow]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.inference = self.report.inference
        self.knowledge = self.inference.knowledge
        self.teller = Recounter(self.inference)

    # --- decisions and derived facts

    def outcome(self, decision: Decision, row: WorldRow | None, outcome: Outcome) -> Step:
        """Return a decision or derived fact, as rules read it, with all that carried it and all that it beat."""
        about = row or self.inference.world.single(decision.entity)
        cell = self.inference.world.cell(about, decision.name)
        self.opened.add((decision.key, about))
        steps = [*self._carrying(outcome, cell, 0), *self._scored(cell), *self._losing(decision, outcome)]
        return Step("conclusion", self.teller.fact(cell), TRUE, decision.place, cell, steps=tuple(steps))

    def _carrying(self, outcome: Outcome, cell: Cell, level: int) -> Iterator[Step]:
        """Yield the votes that carried an outcome, the strongest opened; below the top only the first is, as it is enough."""
        leading = [c for c in outcome.carried if c.strength == (outcome.strength or "fallback")] or list(outcome.carried)
        if outcome.choice is not None and len(outcome.choices) > 1:
            leading = list(outcome.carried)
        shown = leading if level == 0 else leading[:1]
        alike: dict[Firing, list[Cast]] = {}
        for cast in shown:
            alike.setdefault(cast.firing, []).append(cast)
        for casts in alike.values():
            yield self._cast(casts, cell, level)
        others = list(dict.fromkeys(c.firing.rule for c in outcome.carried if c not in shown))
        others = [rule for rule in others if rule in self.knowledge.by_id and rule not in {c.firing.rule for c in shown}]
        if others:
            said = f"also for it, and not needed: {listed(others)}"
            yield Step("also", said, TRUE)

    def _cast(self, casts: list[Cast], cell: Cell, level: int) -> Step:
        """Return what one firing said on a decision: once, or for several options."""
        firing = casts[0].firing
        said = listed(dict.fromkeys(self.teller.value(cell, cast.option) for cast in casts))
        if key := followed(firing):
            source = self.inference.world.cell(self.inference.world.single(key[0]), key[1])
            return Step("follows", f"it follows what is settled there, and so is: {said}", TRUE, steps=(self.concluded(source, level),))
        rule = self.knowledge.by_id[firing.rule]
        effect = rule.then[casts[0].effect]
        assert isinstance(effect, Vote)
        text = self.teller.names.say(effect.say, firing) if effect.say and len(casts) == 1 else rule.title
        option = f", for {said}" if self.knowledge.settles[cell.key].choose != "one" else ""
        head = f"{rule.id}, {BY[casts[0].strength]}{option}" if level == 0 else rule.id
        return Step("rule", f"{head}: {text}", TRUE, rule.place, steps=self.grounds(firing, level), notes=self._notes(rule), rule=rule.id)

    def _notes(self, rule: Rule) -> tuple[str, ...]:
        return (f"{placed(rule.place)}; source: {rule.source}",)

    def concluded(self, cell: Cell, level: int) -> Step:
        """Return a fact that rules concluded, opened the first time it is met."""
        text = self.teller.fact(cell)
        decision = self.knowledge.settles[cell.key]
        key = (decision.key, cell.row)
        settling = self.inference.settlings[decision.key]
        outcome = dict(settling.per_row).get(cell.row, settling.whole)
        if key in self.opened and outcome.carried:
            return Step("conclusion", f"{text} (as above)", TRUE, None, cell)
        rules = [c.firing.rule for c in outcome.carried if c.firing.rule in self.knowledge.by_id]
        if self.depth is not None and level >= self.depth:
            by = f" (concluded by {listed(dict.fromkeys(rules))})" if rules else ""
            return Step("conclusion", text + by, TRUE, None, cell, closed=bool(rules))
        self.opened.add(key)
        steps = [*self._carrying(outcome, cell, level + 1), *self._scored(cell)]
        if cell.value is None:
            text = f"no option stands for {self.teller.subject(cell)}"
        return Step("conclusion", text, TRUE, decision.place, cell, steps=tuple(steps))

    def _scored(self, cell: Cell) -> Iterator[Step]:
        """Yield the factors of a number that a scorecard gave."""
        for score in self.report.scores:
            if score.decision.key != cell.key:
                continue
            for earned in score.factors:
                points = "not known" if earned.points is None else f"{earned.points} of {earned.of}"
                cells = [g for g in earned.grounds if isinstance(g, Cell)]
                steps = tuple(self._ground(Step("fact", self.teller.fact(c), TRUE, None, c), 1) for c in cells)
                yield Step("factor", f"{earned.factor}: {points}", UNKNOWN if earned.points is None else TRUE, None, steps=steps)

    # --- rules

    def rule(self, rule: Rule) -> Iterator[Step]:
        """Yield a rule for each choice of rows with which it fired: what it says, what became of its votes, why it fired."""
        for number, firing in enumerate(self.inference.firings.get(rule.id, ())):
            names = listed(self.teller.owner(row) for _, row in firing.rows)
            head = f"{rule.id}, {self._says(rule, firing)}" if number == 0 else f"the same with {names}"
            more = self._says_more(rule, firing) if number == 0 else ()
            steps = (*more, *self.grounds(firing, 0), *self._came_of(rule, firing))
            notes = self._notes(rule) if number == 0 else ()
            yield Step("rule", head, TRUE, rule.place, steps=steps, notes=notes, rule=rule.id)

    def _says(self, rule: Rule, firing: Firing) -> str:
        """Return the first line that a rule says, its title where it says none."""
        for line in rule.lines:
            return f"{line.strength}: {self.teller.names.say(line.text, firing)}"
        return f"{rule.strength}: {rule.title}"

    def _says_more(self, rule: Rule, firing: Firing) -> Iterator[Step]:
        for line in rule.lines[1:]:
            yield Step("line", f"it says too, {line.strength}: {self.teller.names.say(line.text, firing)}", TRUE, line.place)

    def grounds(self, firing: Firing, level: int) -> tuple[Step, ...]:
        """Return what made a rule fire, what rules concluded opened in turn."""
        rule = self.knowledge.by_id[firing.rule]
        found = [m for m in matches(rule, self.inference.world, self.knowledge, only_firing=True) if m.rows == firing.rows]
        steps = self.teller.steps(found[0].tree.children) if found else ()
        opened = tuple(self._ground(step, level) for step in steps)
        return opened or (Step("always", "it holds always", TRUE, rule.place),)

    def _ground(self, step: Step, level: int) -> Step:
        """Return a step with the conclusions in it opened; one that people need not read stays as it is."""
        if step.aside or step.kind == "unless":
            return step
        steps = tuple(self._ground(inner, level) for inner in step.steps)
        if step.cell is not None and step.cell.key in self.knowledge.settles:
            opened = self.concluded(step.cell, level)
            text = step.text if step.kind == "settled" and step.cell.value is None else opened.text
            return Step("conclusion", text, step.verdict, step.place, step.cell, step.wanted, (*opened.steps, *steps), closed=opened.closed)
        return Step(step.kind, step.text, step.verdict, step.place, step.cell, step.wanted, steps, step.notes)

    def _came_of(self, rule: Rule, firing: Firing) -> Iterator[Step]:
        """Yield what became of the votes of a firing, and why its lines are not shown where they are not."""
        for vote in rule.votes:
            decision = self.knowledge.settles[vote.target.key]
            settling = self.inference.settlings[decision.key]
            outcomes = ((None, settling.whole), *settling.per_row)
            mine = (firing, rule.then.index(vote))
            carried = [(row, c) for row, o in outcomes for c in o.carried if (c.firing, c.effect) == mine]
            lost = [(row, entry) for row, o in outcomes for entry in o.lost if (entry.cast.firing, entry.cast.effect) == mine]
            if carried:
                row, cast = carried[0]
                said = self._spoken(decision, row, cast.option)
                yield Step("vote", f"so it speaks {BY[vote.strength]} on {said}, and carries it", TRUE, vote.place)
            elif lost:
                row, entry = lost[0]
                said, why = self._spoken(decision, row, entry.cast.option), self.beaten(decision, entry)
                yield Step("vote", f"it speaks {BY[vote.strength]} on {said}, and does not carry it: {why}", TRUE, vote.place)
        for against in [e for e in rule.then if isinstance(e, Against) and not rule.draft]:
            said = self._spoken(self.knowledge.settles[against.target.key], None, against.option)
            yield Step("against", f"so it takes weaker votes off the table on {said}", TRUE, against.place)
        if rule.draft:
            yield Step("note", "the rule is on trial: it changes nothing yet", TRUE)
        elif rule.lines and self.report.showing.hides(rule):
            yield Step("note", f"its lines are not shown: {self.hiding()}", TRUE)
        else:
            held = [line for line in rule.lines if firing not in self.report.showing.said(line, [firing])]
            for why in self.report.lines.why_held(held):
                yield Step("note", f"what it says is held back: {why}", TRUE)

    def _spoken(self, decision: Decision, row: WorldRow | None, option: Value) -> str:
        """Return what a rule speaks on, and of which option."""
        cell = self.inference.world.cell(row or self.inference.world.single(decision.entity), decision.name)
        about = self.teller.subject(cell) if decision.derived else f'"{decision.title.lower()}"'
        return f"{about}: {self.teller.value(cell, option)}"

    def hiding(self) -> str:
        """Return because of what choices are hidden."""
        main = self.report.main
        found = {}
        for decision, entry in ((self.knowledge.settles[key], entry) for key, entry in self.report.showing.entries.items()):
            for ref, _ in entry.when:
                cell = self.inference.world.cell(self.inference.world.single(ref.entity), ref.attribute)
                found[decision.name] = self.teller.fact(cell)
        return next(iter(found.values()), "") or (main.title if main else "")

    def cell(self, decision: Decision) -> Cell:
        """Return where a decision is held for the whole."""
        return self.inference.world.cell(self.inference.world.single(decision.entity), decision.name)

    # --- what it beat

    def _losing(self, decision: Decision, outcome: Outcome) -> Iterator[Step]:
        """Yield each option that was not taken, with who spoke for it and why it lost; one that a choice of many left out too."""
        by_option: dict[Value, list[Lost]] = {}
        for lost in outcome.lost:
            by_option.setdefault(lost.cast.option, []).append(lost)
        for option, found in by_option.items():
            best = min(found, key=lambda lost: STRENGTHS.index(lost.cast.strength))
            rules = listed(dict.fromkeys(self.speaker_of(lost.cast) for lost in found))
            said = self.teller.value(self.cell(decision), option)
            text = f"not {said} ({rules}, {BY[best.cast.strength]}): {self.beaten(decision, best)}"
            yield Step("beaten", text, TRUE, rule=best.cast.firing.rule if best.cast.firing.rule in self.knowledge.by_id else "")

    def speaker_of(self, cast: Cast) -> str:
        key = followed(cast.firing)
        return f'"{self.knowledge.settles[key].title}"' if key else cast.firing.rule

    def beaten(self, decision: Decision, lost: Lost) -> str:
        """Return why a vote did not carry."""
        settling = self.inference.settlings[decision.key]
        outcomes = [settling.whole, *(o for _, o in settling.per_row)]
        outcome = next((o for o in outcomes if lost in o.lost), settling.whole)
        rules = [rule for rule in lost.beaten_by if rule in self.knowledge.by_id]
        who = listed(rules) or "another decision that it follows"
        carrying = [c for o in outcomes for c in o.carried if c.firing.rule in lost.beaten_by]
        if lost.opposed:
            return f"{who} took it off the table"
        choice = either(self.teller.value(self.cell(decision), c) for c in dict.fromkeys(c.option for c in carrying))
        strength = outcome.strength or "fallback"
        if STRENGTHS.index(strength) < STRENGTHS.index(lost.cast.strength):
            return f"{who} spoke for {choice} {BY[strength]}, which is stronger"
        return f"{choice} ({who}) stands before it in the declared order"
