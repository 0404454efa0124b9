"""Finds the silent rules that came nearest to a conclusion: what stopped each, what can be done about it, whether it would do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from .asking import vocabulary_asks
from .conditions import Test
from .evaluating import FALSE, TRUE, matches
from .inferring import Inference, varied
from .limits import Limits
from .nearing import Miss, misses
from .proving import BY, Prover
from .recounting import Recounter, Step
from .rules import STRENGTHS, Against, Decision, Rule
from .settling import Lost, Outcome, following, ranking
from .showing import Showing
from .supposing import supposed
from .terms import Value, values_of
from .wording import listed
from .world import WorldRow

NEAREST = 2
"""So many near misses are shown."""


@dataclass(frozen=True)
class Near:
    """A rule that did not fire and how near it came; `option` is what it would speak for, and how strongly."""

    rule: Rule
    miss: Miss
    option: Value | None = None
    strength: str = ""


@dataclass
class Failing:
    """Looks for near misses in the case that a prover explains."""

    prover: Prover

    def __post_init__(self) -> None:
        self.inference = self.prover.inference
        self.knowledge = self.inference.knowledge
        self.teller = self.prover.teller

    def near(self, rule: Rule) -> list[Near]:
        """Return the choices of rows with which a rule came nearest to firing."""
        return [Near(rule, miss) for miss in misses(rule, self.inference.world, self.knowledge)[:NEAREST]]

    def label(self, decision: Decision, value: Value) -> str:
        """Return an option as people read it."""
        return self.teller.value(self.prover.cell(decision), value)

    def fired(self, decision: Decision, lost: Lost) -> Step:
        """Return a vote that was cast and lost, with what beat it."""
        rule = self.prover.speaker_of(lost.cast)
        option = self.label(decision, lost.cast.option)
        said = f"{rule} spoke for {option} {BY[lost.cast.strength]}, and lost: {self.prover.beaten(decision, lost)}"
        return Step("beaten", said, TRUE, rule=lost.cast.firing.rule)

    def nearest(self, decision: Decision, option: Value | None) -> list[Near]:
        """Return the silent rules that would speak for an option (or any), the nearest first."""
        found = []
        for rule in self.knowledge.voters.get(decision.key, ()):
            votes = [v for v in rule.votes if v.target.key in decision.keys and option in (None, v.option)]
            if not votes or rule.id in self.inference.firings:
                continue
            vote = min(votes, key=lambda v: STRENGTHS.index(v.strength))
            chosen = vote.option if isinstance(vote.option, str | int | float) else None
            if near := misses(rule, self.inference.world, self.knowledge):
                found.append(Near(rule, near[0], chosen, vote.strength))
        return sorted(found, key=lambda near: (near.miss.key, STRENGTHS.index(near.strength), near.rule.id))[:NEAREST]

    # --- what would come of it

    def leads(self, decision: Decision, row: WorldRow | None, near: Near) -> str:
        """Return what would come of a silent rule, were what stopped it otherwise: tried where that can be, else by its vote."""
        if near.option is None:
            return ""
        trials, silent = supposed(self.inference, near.miss, self._limits)
        if trials:
            return self._came_of(decision, row, near.option, near.rule.id, trials)
        return self._next(near, silent[0]) if silent else self._by_vote(decision, near)

    def _next(self, near: Near, trial: Inference) -> str:
        """Return what stops a rule once that is otherwise which stops it now."""
        teller = Recounter(trial)
        again = next(miss for miss in misses(near.rule, trial.world, self.knowledge) if miss.match.rows == near.miss.match.rows)
        stopped = [teller.line(step) for step in teller.steps(again.stopped_by)]
        return f"Even then {near.rule.id} would not fire, for this would stop it: {'; '.join(stopped)}."

    def follows(self, decision: Decision, option: Value, other: Decision, word: Value) -> str:
        """Return what would come of an option that another decision brings, were that one so."""
        trial = varied(self.inference, {(self.inference.world.single(other.entity), other.name): word})
        return self._came_of(decision, None, option, following(other.key).rule, [trial])

    def _came_of(self, decision: Decision, row: WorldRow | None, option: Value, rule: str, trials: Sequence[Inference]) -> str:
        """Return whether an option came out of what was tried, and what else did."""
        so = [option in _choices(decision, row, trial) for trial in trials]
        wanted = self.label(decision, option)
        if not any(so):
            return f"Even then it would not be so: {self._instead(decision, row, option, rule, trials[0])}."
        seen = [row is not None or decision.derived or option in values_of(Showing(trial).shown(decision)) for trial in trials]
        if not any(mine and shown for mine, shown in zip(so, seen, strict=True)):
            showing = Showing(trials[so.index(True)])
            hiding = listed(f"{d.title.lower()} is {self._settled(d, showing)}" for d in showing.hiding(decision))
            return f"Then it would be: {wanted}; but that is not shown while {hiding}."
        return f"Then it would be: {wanted}." if all(so) else f"Then it could be: {wanted}, with some of the values asked for."

    def _settled(self, decision: Decision, showing: Showing) -> str:
        return self.teller.value(self.prover.cell(decision), showing.settled(decision))

    def _instead(self, decision: Decision, row: WorldRow | None, option: Value, rule: str, trial: Inference) -> str:
        """Return what came out in the place of an option, and why."""
        settling = trial.settlings[decision.key]
        outcome = dict(settling.per_row)[row] if row is not None else settling.whole
        lost = next((entry for entry in outcome.lost if entry.cast.option == option and entry.cast.firing.rule == rule), None)
        carrying = {cast.firing.rule for cast in outcome.carried}
        if lost is not None and not carrying.intersection(lost.beaten_by):
            return f"{listed(lost.beaten_by)} would take it off the table"
        strength = lost.cast.strength if lost is not None else "fallback"
        return self._beating(decision, outcome, strength)

    def _beating(self, decision: Decision, outcome: Outcome, strength: str) -> str:
        """Return which option carries the day against a vote of some strength, who speaks for it, and why it does."""
        if outcome.choice is None:
            return "no option stands"
        who = listed(dict.fromkeys(self.prover.speaker_of(cast) for cast in outcome.carried if cast.option == outcome.choice))
        stronger = STRENGTHS.index(outcome.strength or "fallback") < STRENGTHS.index(strength)
        why = "speaks more strongly" if stronger else "stands first in the declared order"
        return f"{self.label(decision, outcome.choice)} ({who}) {why}"

    def _by_vote(self, decision: Decision, near: Near) -> str:
        """Return what would come of a vote, were it cast beside those that were and nothing else otherwise."""
        assert near.option is not None
        against = [r.id for r in self._speaking_against(decision, near.option)] if near.strength in ("default", "advise") else []
        if against:
            return f"Even if it fired it would not be so: {listed(against)} would take it off the table."
        would = f"If it fired and all else stayed, it would be: {self.label(decision, near.option)}."
        outcome = self.inference.settlings[decision.key].whole
        if decision.choose != "one" or outcome.choice is None or outcome.strength is None:
            return would
        mine, theirs = STRENGTHS.index(near.strength), STRENGTHS.index(outcome.strength)
        rank = ranking(decision, self.inference.program.speaking[decision.key].order(self.inference.world.frame))
        if mine < theirs or (mine == theirs and rank(near.option) < rank(outcome.choice)):
            return would
        return f"Even if it fired and all else stayed, it would not be so: {self._beating(decision, outcome, near.strength)}."

    @cached_property
    def _limits(self) -> Limits:
        return Limits(self.knowledge, self.inference.world)

    def _speaking_against(self, decision: Decision, option: Value) -> Iterable[Rule]:
        for rule in self.knowledge.voters.get(decision.key, ()):
            own = [e for e in rule.then if isinstance(e, Against) and e.target.key in decision.keys and e.option == option]
            if own and rule.id in self.inference.firings:
                yield rule

    # --- what stopped it

    def stopped(self, near: Near) -> list[Step]:
        """Return what stopped a rule, each with what can be done about it."""
        return [self.advised(step) for step in self.teller.steps(near.miss.stopped_by)]

    def held(self, near: Near) -> list[Step]:
        """Return what holds of a rule that was stopped."""
        nodes = [
            n
            for top in near.miss.match.tree.children
            for n in (top.children if isinstance(top.item, Test) is False and top.row else (top,))
        ]
        return [step for step in self.teller.steps(n for n in nodes if n.verdict is TRUE and n.item != "unless") if not step.aside]

    def advised(self, step: Step) -> Step:
        """Return a step that does not hold, with what to do about it: ask, change it, or go one conclusion deeper."""
        if step.verdict is TRUE or step.kind == "fact":
            return step
        steps = tuple(self.advised(inner) for inner in step.steps)
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
        ask, whom = vocabulary_asks(step.cell.row, attribute, self.inference)
        asks = f"{'Ask ' + whom if whom else 'Ask'}: {ask}"
        if step.cell.value is None:
            return (asks,)
        if step.wanted == "not known":
            return ()
        if attribute.changeable:
            return ("We can bring this about.",)
        return ("We can learn this, not change it: make sure that what is recorded is true.",)

    def _deeper(self, step: Step) -> Iterable[Step]:
        """Yield the rule that came nearest to concluding what is wanted, with what stopped it."""
        assert step.cell is not None
        decision = self.knowledge.settles[step.cell.key]
        wanted = self._passing.get((step.place, step.cell), ())
        for option in wanted:
            lost = [entry for entry in self.inference.settlings[decision.key].whole.lost if entry.cast.option == option]
            if lost:
                yield self.fired(decision, lost[0])
                return
        found = [near for option in wanted for near in self.nearest(decision, option)]
        for near in sorted(found, key=lambda near: (near.miss.key, near.rule.id))[:1]:
            steps = tuple(s if s.cell is None or s.cell.key in self.knowledge.settles else replace(s, notes=self._to_do(s)) for s in
                          self.teller.steps(near.miss.stopped_by))  # fmt: skip
            said = (
                f"{self.label(decision, near.option)} would be concluded by {near.rule.id}, which lacks"
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


def _choices(decision: Decision, row: WorldRow | None, trial: Inference) -> tuple[Value, ...]:
    """Return what a decision came to, for one row or for the whole, as it is shown or as it is settled."""
    if row is not None:
        return values_of(trial.world.value(row, decision.name))
    settled = trial.world.value(trial.world.single(decision.entity), decision.name)
    return (*values_of(settled), *(() if decision.derived else values_of(Showing(trial).shown(decision))))


def _options_for(test: Test, decision: Decision) -> tuple[Value, ...]:
    """Return the options of a decision with which a test on it holds, none where it is compared with something else."""
    named = tuple(o for o in test.options if isinstance(o, str))
    if test.bounds or (not named and not test.negated):
        return ()
    return tuple(o for o in decision.options if o not in named) if test.negated else named
