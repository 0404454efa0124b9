"""Works a case out, stratum by stratum: rules fire on what is settled below, then the decisions above them are settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .conditions import Key
from .evaluating import matches
from .program import Program, Speaking, program
from .rules import STRENGTHS, Against, Decision, Knowledge, Rule, Stratum, Vote
from .settling import Ballot, Cast, Firing, Lost, Opposed, Outcome, Settling, following, picked, settled
from .terms import Value
from .world import Held, World, WorldRow


@dataclass
class Inference:
    """A case worked out: the firings of each rule, and in its world how each decision came out.

    It is worked out one stratum at a time, so that somebody else (experta) can be handed the firings in between.
    Whoever writes `firings` from elsewhere says so with `speak`, or nothing is settled from them.
    Of a variation, `changed` holds the attributes and `refired` the rules that came out otherwise.
    """

    knowledge: Knowledge
    world: World
    firings: dict[str, list[Firing]] = field(default_factory=dict)
    changed: set[Key] = field(default_factory=set)
    refired: set[str] = field(default_factory=set)
    spoken: dict[Key, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.program: Program = program(self.knowledge)

    def fire(self, stratum: Stratum) -> list[Firing]:
        """Return the firings of a stratum's rules, in the order of rule id and rows, and keep them."""
        self.firings.update(dict.fromkeys(self.program.ids[stratum], self.program.nothing))
        found: list[Firing] = []
        for rule in self.program.visited(stratum, self.world.frame):
            if firings := self.program.fire(rule, self.world.frame):
                self.firings[rule.id] = firings
                self.speak(rule)
                found += firings
        return found

    def speak(self, rule: Rule) -> None:
        """Note that a rule has something to say on the decisions that it votes on."""
        for key in self.program.speaks.get(rule.id, ()):
            already = self.spoken.get(key, ())
            if rule.id not in already:
                self.spoken[key] = (*already, rule.id)

    def settle(self, stratum: Stratum) -> None:
        """Settle the stratum's decisions from the votes that its rules and those below have cast."""
        for decision in stratum.settles:
            if decision.key in self.spoken or decision.follows:
                self.decide(decision)

    def decide(self, decision: Decision) -> bool:
        """Settle one decision, and return whether it came out otherwise than the world said."""
        speaking = self.program.speaking[decision.key]
        ballots, against = self._ballots(speaking)
        for ref, options in decision.follows:
            value = self.world.value(self.world.single(ref.entity), ref.attribute)
            if (option := options.get(str(value))) is not None:
                ballots.append((None, Ballot(STRENGTHS.index("default"), option)))
        rank = speaking.rank(self.world.frame)
        rows = self.world.rows[decision.per_row] if decision.per_row else ()
        changed = False
        chosen: list[tuple[tuple[Value, ...], int | None]] = []
        for row in rows:
            own = [b for about, b in ballots if about is None or about is row]
            chosen.append(picked(decision.choose, own, [o for about, o in against if about is None or about is row], rank))
            changed |= self._put(row, decision, *chosen[-1])
        if decision.per_row == decision.entity:
            return changed
        if rows:
            best = min((c for c in chosen if c[0]), key=lambda c: rank(c[0][0]), default=((), None))
            strengths = [s for options, s in chosen if options == best[0] and s is not None]
            whole = (best[0], min(strengths, default=None))
        else:
            whole = picked(decision.choose, [b for about, b in ballots if about is None], [o for _, o in against], rank)
        return self._put(self.world.single(decision.entity), decision, *whole) or changed

    def _ballots(self, speaking: Speaking) -> tuple[list[tuple[WorldRow | None, Ballot]], list[tuple[WorldRow | None, Value]]]:
        """Return the votes for options and those against, each with the row it is about (None: all)."""
        ballots: list[tuple[WorldRow | None, Ballot]] = []
        against: list[tuple[WorldRow | None, Value]] = []
        firings = self.firings
        for rule_id in self.spoken.get(speaking.decision.key, ()):
            for firing in firings[rule_id]:
                for voice in speaking.by_rule[rule_id]:
                    row = dict(firing.rows)[voice.about] if voice.about else None
                    if voice.ballot is not None:
                        ballots.append((row, voice.ballot))
                    elif voice.against is not None:
                        against.append((row, voice.against))
                    elif (option := voice.number(firing, self.world.frame)) is not None:
                        ballots.append((row, Ballot(voice.strength, option)))
        return ballots, against

    def _put(self, row: WorldRow, decision: Decision, options: tuple[Value, ...], strength: int | None) -> bool:
        value: Held | None = (options or None) if decision.choose != "one" else options[0] if options else None  # type: ignore[assignment]
        said = None if strength is None else STRENGTHS[strength]
        if self.world.value(row, decision.name) == value and self.world.strength(row, decision.name) == said:
            return False
        self.world.put(row, decision.name, value)
        self.world.put(row, f"{decision.name}!", said)
        return True

    def fire_late(self, open_questions: int) -> None:
        """Fire the rules outside the strata, once all is settled and the open questions are counted."""
        self.world.open_questions = open_questions
        for rule in self.knowledge.late_rules:
            self.firings[rule.id] = fired(rule, self.world, self.knowledge)

    def outcomes(self, key: Key) -> tuple[Outcome, ...]:
        """Return how what settles an attribute came out: for the whole, and for each row where it is settled per row."""
        settling = self.settlings[self.knowledge.settles[key].key]
        return (settling.whole, *(outcome for _, outcome in settling.per_row))

    def voted(self, decision: Decision) -> frozenset[Value]:
        """Return every option of a decision that anybody spoke for."""
        return self.settlings[decision.key].whole.voted

    @cached_property
    def settlings(self) -> Mapping[Key, Settling]:
        """How each decision came out, with what carried it and what lost."""
        return _Settlings(self)


class _Settlings(dict[Key, Settling]):
    """Works a settling out when it is asked for: searches look at choices only."""

    def __init__(self, inference: Inference):
        super().__init__()
        self.inference = inference
        self.decisions = {d.key: d for d in inference.knowledge.decisions}

    def __missing__(self, key: Key) -> Settling:
        self[key] = _settling(self.inference, self.decisions[key])
        return self[key]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Settlings) and all(self[key] == other[key] for key in self.decisions)

    __hash__ = None


def _settling(inference: Inference, decision: Decision) -> Settling:
    casts, opposed = _votes(inference, decision)
    order = inference.program.speaking[decision.key].order(inference.world.frame)
    if not decision.per_row:
        return Settling(settled(decision, casts, opposed, order))
    rows = inference.world.rows[decision.per_row]
    per_row = []
    for row in rows:
        own = [c for c in casts if c.row in (None, row)]
        per_row.append((row, settled(decision, own, [o for o in opposed if o.row in (None, row)], order)))
    if decision.per_row == decision.entity:
        return Settling(Outcome(), tuple(per_row))
    if rows:
        return Settling(_whole([outcome for _, outcome in per_row], order), tuple(per_row))
    return Settling(settled(decision, [c for c in casts if c.row is None], [o for o in opposed if o.row is None], order))


def _votes(inference: Inference, decision: Decision) -> tuple[list[Cast], list[Opposed]]:
    casts: list[Cast] = []
    opposed: list[Opposed] = []
    for rule_id, voices in inference.program.speaking[decision.key].voices:
        for firing in inference.firings[rule_id]:
            for voice in voices:
                row = dict(firing.rows)[voice.about] if voice.about else None
                effect = inference.knowledge.by_id[rule_id].then[voice.effect]
                if isinstance(effect, Against):
                    opposed.append(Opposed(firing, effect.option, row))
                elif isinstance(effect, Vote):
                    option = voice.ballot.option if voice.ballot else voice.number(firing, inference.world.frame)
                    if option is not None:
                        casts.append(Cast(firing, voice.effect, effect.strength, option, row, effect.first, effect.others))
    for ref, options in decision.follows:
        value = inference.world.value(inference.world.single(ref.entity), ref.attribute)
        if (option := options.get(str(value))) is not None:
            casts.append(Cast(following(ref.key), -1, "default", option))
    return casts, opposed


def _whole(outcomes: list[Outcome], order: tuple[str, ...]) -> Outcome:
    """Return the outcome for the whole of a decision settled per row: the first in order that any row has."""
    voted: frozenset[Value] = frozenset().union(*(o.voted for o in outcomes))
    chosen = [o for o in outcomes if o.choice is not None]
    if not chosen:
        return Outcome(lost=_once(o.lost for o in outcomes), voted=voted)
    best = min(chosen, key=lambda o: order.index(str(o.choice)))
    alike = [o for o in chosen if o.choice == best.choice]
    carried = _once(o.carried for o in alike)
    winners = tuple(sorted({c.firing.rule for c in carried}))
    beaten = tuple(Lost(c, winners) for o in chosen if o.choice != best.choice for c in o.carried if c not in carried)
    lost = tuple(entry for entry in _once([*(o.lost for o in chosen), beaten]) if entry.cast not in carried)
    second = [o.choice for o in chosen if o.choice != best.choice] + [o.runner_up for o in alike if o.runner_up is not None]
    runner_up = min((str(s) for s in second), key=order.index) if second else None
    strength = min((o.strength for o in alike if o.strength), key=STRENGTHS.index, default=None)
    return Outcome(best.choices, strength, carried, lost, runner_up, voted)


def _once(groups: Iterable[tuple]) -> tuple:  # type: ignore[type-arg]
    return tuple(dict.fromkeys(entry for group in groups for entry in group))


def fired(rule: Rule, world: World, knowledge: Knowledge) -> list[Firing]:
    """Return the firings of one rule by the reference evaluator."""
    return [Firing(rule.id, match.rows, match.counts) for match in matches(rule, world, knowledge, only_firing=True)]


def inferred(knowledge: Knowledge, world: World) -> Inference:
    """Return the case worked out. The world given is left as it is."""
    inference = Inference(knowledge, world.copy())
    for stratum in knowledge.strata:
        inference.fire(stratum)
        inference.settle(stratum)
    return inference


def varied(base: Inference, changes: Mapping[tuple[WorldRow, str], Value | None]) -> Inference:
    """Return the case worked out again with some facts changed (None takes one back): only what reads them is redone."""
    trial = Inference(base.knowledge, base.world.copy(), dict(base.firings), spoken=dict(base.spoken))
    for (row, attribute), value in changes.items():
        known = base.knowledge.vocabulary.entities[row.entity].attributes[attribute]
        trial.world.put(row, attribute, known.unless_said if value is None else value)
    agenda = base.program.agenda()
    agenda.add(trial.changed, {(row.entity, attribute) for row, attribute in changes})
    for number in range(len(base.knowledge.strata)):
        for rule in agenda.rules[number].values():
            firings = base.program.fire(rule, trial.world.frame) or base.program.nothing
            if firings != trial.firings[rule.id]:
                trial.firings[rule.id] = firings
                trial.refired.add(rule.id)
                trial.speak(rule)
                agenda.spoke(rule)
        for decision in agenda.decisions[number].values():
            if trial.decide(decision):
                agenda.add(trial.changed, decision.keys)
    return trial
