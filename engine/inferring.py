"""Works a case out, stratum by stratum: rules fire on what is settled below, then the decisions above them are settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .conditions import CountRef, Key
from .evaluating import TRUE, holds, matches
from .rules import STRENGTHS, Against, Decision, Knowledge, Rule, Scorecard, ScoreRef, Stratum, Vote
from .settling import Cast, Firing, Lost, Opposed, Outcome, Settling, settled
from .terms import Value
from .world import World, WorldRow


@dataclass
class Inference:
    """A case worked out: the firings of each rule and how each decision came out.

    It is worked out one stratum at a time, so that somebody else (experta) can be handed the firings in between.
    """

    knowledge: Knowledge
    world: World
    firings: dict[str, list[Firing]] = field(default_factory=dict)
    settlings: dict[Key, Settling] = field(default_factory=dict)
    before: Inference | None = None
    changed: set[Key] = field(default_factory=set)

    def fire(self, stratum: Stratum) -> list[Firing]:
        """Return the firings of a stratum's rules, in the order of rule id and rows, and keep them."""
        found: list[Firing] = []
        for rule in stratum.rules:
            found += self._fired(rule)
        return found

    def settle(self, stratum: Stratum) -> None:
        """Settle the stratum's decisions from the votes that its rules and those below have cast."""
        for decision in stratum.settles:
            self._settle(decision)

    def fire_late(self, open_questions: int) -> None:
        """Fire the rules outside the strata, once all is settled and the open questions are counted."""
        self.world.open_questions = open_questions
        for rule in self.knowledge.late_rules:
            self.firings[rule.id] = fired(rule, self.world, self.knowledge)

    def _fired(self, rule: Rule) -> list[Firing]:
        if self.before is not None and not rule.reads & self.changed:
            self.firings[rule.id] = self.before.firings[rule.id]
        else:
            self.firings[rule.id] = fired(rule, self.world, self.knowledge)
        return self.firings[rule.id]

    def _settle(self, decision: Decision) -> None:
        settling = self._kept(decision) or self._worked_out(decision)
        self.settlings[decision.key] = settling
        main = self.world.single(decision.entity) if not self.knowledge.vocabulary.entities[decision.entity].many else None
        for row, outcome in ((main, settling.whole), *settling.per_row):
            if row is None:
                continue
            value = settling.value(decision, outcome)
            if value is not None:
                self.world.values[row, decision.name] = value  # type: ignore[assignment]
            if outcome.strength is not None:
                self.world.strengths[row, decision.name] = outcome.strength
        if self.before is not None and settling != self.before.settlings[decision.key]:
            self.changed |= decision.keys

    def _kept(self, decision: Decision) -> Settling | None:
        """Return the settling of the inference this one varies, where nothing it rests on has changed."""
        if self.before is None or decision.reads & self.changed:
            return None
        for rule in self.knowledge.voters.get(decision.key, ()):
            if self.firings[rule.id] is not self.before.firings[rule.id] or self._reads_score(rule):
                return None
        return self.before.settlings[decision.key]

    def _reads_score(self, rule: Rule) -> bool:
        cards = [v.option.card for v in rule.votes if isinstance(v.option, ScoreRef)]
        return any(self.knowledge.scorecards[card].reads & self.changed for card in cards)

    def _worked_out(self, decision: Decision) -> Settling:
        casts, opposed = self._votes(decision)
        order = self._order(decision)
        if not decision.per_row:
            return Settling(settled(decision, casts, opposed, order))
        rows = self.world.rows[decision.per_row]
        per_row = []
        for row in rows:
            own = [c for c in casts if c.row in (None, row)]
            per_row.append((row, settled(decision, own, [o for o in opposed if o.row in (None, row)], order)))
        if not rows:
            whole = settled(decision, [c for c in casts if c.row is None], [o for o in opposed if o.row is None], order)
        else:
            whole = _whole(decision, [outcome for _, outcome in per_row], order)
        return Settling(whole, tuple(per_row))

    def _votes(self, decision: Decision) -> tuple[list[Cast], list[Opposed]]:
        casts: list[Cast] = []
        opposed: list[Opposed] = []
        for rule in self.knowledge.voters.get(decision.key, ()):
            for firing in self.firings[rule.id]:
                rows = dict(firing.rows)
                for number, effect in enumerate(rule.then):
                    if not isinstance(effect, Vote | Against) or effect.target.key not in decision.keys:
                        continue
                    row = rows.get(effect.target.name) if effect.target.entity == decision.per_row else None
                    if isinstance(effect, Against):
                        opposed.append(Opposed(firing, effect.option, row))
                    elif (option := self._option(effect, firing)) is not None:
                        casts.append(Cast(firing, number, effect.strength, option, row, effect.first, effect.others))
        for ref, options in decision.follows:
            value = self.world.value(self.world.single(ref.entity), ref.attribute)
            option = dict(options).get(str(value))
            if option is not None:
                casts.append(Cast(Firing(f"follows {ref.entity}.{ref.attribute}"), -1, "default", option))
        return casts, opposed

    def _option(self, vote: Vote, firing: Firing) -> Value | None:
        if isinstance(vote.option, CountRef):
            return dict(firing.counts).get(vote.option.name)
        if isinstance(vote.option, ScoreRef):
            return score(self.knowledge.scorecards[vote.option.card], self.world, self.knowledge)[0]
        return vote.option

    def _order(self, decision: Decision) -> tuple[str, ...]:
        """Return the options in order, one put before another unless the decision's conditions hold."""
        order = list(decision.options)
        if decision.before and holds(decision.unless, self.world, self.knowledge) is not TRUE:
            for option, other in decision.before:
                order.remove(option)
                order.insert(order.index(other), option)
        return tuple(order)


def fired(rule: Rule, world: World, knowledge: Knowledge) -> list[Firing]:
    """Return the firings of one rule on what is known and settled."""
    return [Firing(rule.id, match.rows, match.counts) for match in matches(rule, world, knowledge, only_firing=True)]


def score(card: Scorecard, world: World, knowledge: Knowledge) -> tuple[Value, tuple[tuple[str, Value, bool], ...]]:
    """Return the total, and for each factor its points and whether anything about it is known."""
    factors: list[tuple[str, Value, bool]] = []
    total: int | float = 0
    for factor, rows in card.factors:
        verdicts = [(holds(row.condition, world, knowledge), row.points) for row in rows]
        points = max((float(p) for verdict, p in verdicts if verdict is TRUE), default=0.0)
        known = any(verdict.value != "unknown" for verdict, _ in verdicts)
        factors.append((factor, int(points) if points.is_integer() else points, known))
        total += points
    return (int(total) if float(total).is_integer() else total), tuple(factors)


def _whole(decision: Decision, outcomes: list[Outcome], order: tuple[str, ...]) -> Outcome:
    """Return the outcome for the whole of a decision settled per row: the first in order that any row has."""
    chosen = [o for o in outcomes if o.choice is not None]
    if not chosen:
        return Outcome(lost=_once(o.lost for o in outcomes), voted=frozenset().union(*(o.voted for o in outcomes)))
    best = min(chosen, key=lambda o: order.index(str(o.choice)))
    alike = [o for o in chosen if o.choice == best.choice]
    standing = [o for o in alike if o.strength is not None]
    carried = _once(o.carried for o in alike)
    winners = tuple(sorted({c.firing.rule for c in carried}))
    beaten = tuple(Lost(c, winners) for o in chosen if o.choice != best.choice for c in o.carried if c not in carried)
    lost = _once([*(o.lost for o in chosen), beaten])
    lost = tuple(entry for entry in lost if entry.cast not in carried)
    second = [o.choice for o in chosen if o.choice != best.choice] + [o.runner_up for o in alike if o.runner_up is not None]
    runner_up = min((str(s) for s in second), key=order.index) if second else None
    strength = min((o.strength for o in standing if o.strength), key=STRENGTHS.index) if standing else None
    voted = frozenset().union(*(o.voted for o in outcomes))
    return Outcome(best.choices, strength, carried, lost, runner_up, voted)


def _once(groups: Iterable[tuple]) -> tuple:  # type: ignore[type-arg]
    return tuple(dict.fromkeys(entry for group in groups for entry in group))


def inferred(knowledge: Knowledge, world: World) -> Inference:
    """Return the case worked out. The world given is left as it is."""
    return _run(Inference(knowledge, world.copy()))


def varied(base: Inference, world: World, changes: Mapping[tuple[WorldRow, str], Value | None]) -> Inference:
    """Return the case worked out again with some facts changed (None takes one back): only what reads them is redone.

    `world` is what the base was worked out from, before anything was settled.
    """
    trial = world.copy()
    for (row, attribute), value in changes.items():
        if value is None:
            trial.values.pop((row, attribute), None)
        else:
            trial.values[row, attribute] = value
    return _run(Inference(base.knowledge, trial, before=base, changed={(row.entity, a) for row, a in changes}))


def _run(inference: Inference) -> Inference:
    for stratum in inference.knowledge.strata:
        inference.fire(stratum)
        inference.settle(stratum)
    return inference
