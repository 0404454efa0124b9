"""Works a case out, stratum by stratum: rules fire on what is settled below, then the decisions above them are settled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from .compiling import broken
from .conditions import Key
from .evaluating import matches
from .program import Group, Program, program
from .rules import Against, Decision, Knowledge, Rule, Stratum, Vote
from .settling import Cast, Firing, Opposed, Outcome, Settling, followed, following, settled, whole_of
from .speaking import Speaking, Verdict
from .terms import Value
from .world import World, WorldRow

Agenda = dict[int, dict[Speaking, None]]
"""The decisions to be settled again, by level: lower ones first."""


@dataclass
class Inference:
    """A case worked out: the firings of each rule that fires, and in its world how each decision came out.

    It is worked out one stratum at a time, so that somebody else (experta) can be handed the firings in between.
    Of a variation, `changed` holds the attributes and `refired` the rules that came out otherwise.
    """

    knowledge: Knowledge
    world: World
    firings: dict[str, tuple[Firing, ...]] = field(default_factory=dict)
    changed: set[Key] = field(default_factory=set)
    refired: set[str] = field(default_factory=set)
    program: Program = field(default=None, repr=False)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.program = self.program or program(self.knowledge)

    def run(self) -> Inference:
        """Work the case out, stratum by stratum, and return it."""
        for stratum in self.knowledge.strata:
            self.fire(stratum)
            self.settle(stratum)
        return self

    def fire(self, stratum: Stratum) -> None:
        """Fire the stratum's rules on what is settled below."""
        self.firings.update(self.program.fire(self.program.strata[stratum], self.world.frame))

    def settle(self, stratum: Stratum) -> None:
        """Settle the stratum's decisions from the votes that its rules and those below have cast."""
        for speaking in self.program.settles[stratum]:
            self.decide(speaking)

    def decide(self, speaking: Speaking) -> bool:
        """Settle one decision, and return whether it came out otherwise than the world said."""
        frame, firings = self.world.frame, self.firings
        heard = speaking.heard([rule for rule in speaking.rules if rule in firings], firings, frame)
        entity, per_row = speaking.entity, speaking.per_row
        if not per_row:
            return self._put(entity, 0, speaking, speaking.verdict(tuple([b for _, b in heard]), frame))
        verdicts = [
            speaking.verdict(tuple([b for about, b in heard if about is None or about is row]), frame) for row in self.world.rows[per_row]
        ]
        changed = False
        for number, verdict in enumerate(verdicts):
            changed |= self._put(per_row, number, speaking, verdict)
        if per_row == entity:
            return changed
        whole = speaking.whole(verdicts, frame) if verdicts else speaking.verdict(tuple([b for about, b in heard if about is None]), frame)
        return self._put(entity, 0, speaking, whole) or changed

    def _put(self, entity: str, number: int, speaking: Speaking, verdict: Verdict) -> bool:
        at, strength_at = speaking.places[entity]
        values = self.world.frame[entity][number]
        if values[at] == verdict[0] and values[strength_at] == verdict[1]:
            return False
        values = self.world.writable(entity, number)
        values[at], values[strength_at] = verdict
        return True

    def redo(self, keys: Collection[Key], agenda: Agenda) -> None:
        """Fire again what reads attributes that have changed, and put on the agenda the decisions to be settled again.

        What reads a derived fact too is fired once more if that changes; whoever heeds a rule is settled only after that.
        """
        self.changed.update(keys)
        for key in keys:
            group = self.program.readers.get(key)
            for rule_id in self.refire(group) if group else ():
                for speaking in self.program.speaks.get(rule_id, ()):
                    agenda.setdefault(speaking.level, {})[speaking] = None
            for speaking in self.program.leaning.get(key, ()):
                agenda.setdefault(speaking.level, {})[speaking] = None

    def refire(self, group: Group) -> Sequence[str]:
        """Fire some rules again, and return those that fire otherwise than before."""
        fired = self.program.fire(group, self.world.frame)
        before = self.firings
        if not fired and before.keys().isdisjoint(group.rules):
            return ()
        spoke = [rule_id for rule_id in group.rules if rule_id in fired or rule_id in before]
        others = [rule_id for rule_id in spoke if before.get(rule_id) != fired.get(rule_id)]
        if others:  # until something fires otherwise, a variation shares the firings of what it varies
            self.firings = {**before, **fired}
            for rule_id in others:
                if rule_id not in fired:
                    del self.firings[rule_id]
            self.refired.update(others)
        return others

    def fire_late(self, open_questions: int) -> None:
        """Fire the rules outside the strata, once all is settled and the open questions are counted."""
        self.world.open_questions = open_questions
        late = {rule.id: fired(rule, self.world, self.knowledge) for rule in self.knowledge.late_rules}
        self.firings = {**self.firings, **{rule_id: firings for rule_id, firings in late.items() if firings}}

    def outcomes(self, key: Key) -> tuple[Outcome, ...]:
        """Return how what settles an attribute came out: for the whole, and for each row where it is settled per row."""
        settling = self.settlings[self.knowledge.settles[key].key]
        return (settling.whole, *(outcome for _, outcome in settling.per_row))

    def behind(self, casts: Iterable[Cast]) -> Iterator[Cast]:
        """Yield votes of rules: where a decision that is followed has voted, those that carried it in its place."""
        for cast in casts:
            if key := followed(cast.firing):
                yield from self.behind(self.settlings[key].whole.carried)
            else:
                yield cast

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
        return Settling(whole_of([outcome for _, outcome in per_row], order), tuple(per_row))
    return Settling(settled(decision, [c for c in casts if c.row is None], [o for o in opposed if o.row is None], order))


def _votes(inference: Inference, decision: Decision) -> tuple[list[Cast], list[Opposed]]:
    casts: list[Cast] = []
    opposed: list[Opposed] = []
    for rule_id, voices in inference.program.speaking[decision.key].voices:
        for firing in inference.firings.get(rule_id, ()):
            for voice in voices:
                effect = inference.knowledge.by_id[rule_id].then[voice.effect]
                ballot, row = voice.heard(firing, inference.world.frame), voice.row(firing)
                if isinstance(effect, Against):
                    opposed.append(Opposed(firing, effect.option, row))
                elif isinstance(effect, Vote) and ballot is not None:
                    casts.append(Cast(firing, voice.effect, effect.strength, ballot.option, row, effect.first, effect.others))
    for ref, options in decision.follows:
        value = inference.world.value(inference.world.single(ref.entity), ref.attribute)
        if (option := options.get(str(value))) is not None:
            casts.append(Cast(following(ref.key), -1, "default", option))
    return casts, opposed


def fired(rule: Rule, world: World, knowledge: Knowledge) -> tuple[Firing, ...]:
    """Return the firings of one rule by the reference evaluator. Raises RuleFailed, which names the rule and the facts."""
    try:
        return tuple(Firing(rule.id, match.rows, match.counts) for match in matches(rule, world, knowledge, only_firing=True))
    except Exception as error:
        raise broken(rule, world.frame, knowledge, error) from error


def inferred(knowledge: Knowledge, world: World) -> Inference:
    """Return the case worked out. The world given is left as it is."""
    return Inference(knowledge, world.copy()).run()


def varied(base: Inference, changes: Mapping[tuple[WorldRow, str], Value | None]) -> Inference:
    """Return the case worked out again with some facts changed (None takes one back): only what reads them is redone."""
    world = base.world.copy()
    keys: dict[Key, None] = {}
    for (row, attribute), value in changes.items():
        entity = row.entity
        if value is None:
            value = base.knowledge.vocabulary.entities[entity].attributes[attribute].unless_said
        world.writable(entity, row.index)[world.slots[entity][attribute]] = value
        keys[entity, attribute] = None
    trial = Inference(base.knowledge, world, base.firings, program=base.program)
    agenda: Agenda = {}
    trial.redo(keys, agenda)
    while agenda:
        for speaking in agenda.pop(min(agenda)):
            if trial.decide(speaking):
                trial.redo(speaking.keys, agenda)
    if len(trial.changed) > len(keys):  # a rule may have been fired once more, and come out as before
        trial.refired = {rule for rule in trial.refired if trial.firings.get(rule) != base.firings.get(rule)}
    return trial
