"""A knowledge base made ready to run: compiled rules, who speaks on what, and what has to be redone when something changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .compiling import Fire, RuleFailed, compiled, gate, holding
from .conditions import CountRef, Key
from .rules import STRENGTHS, Against, Decision, Knowledge, Rule, Scorecard, ScoreRef, Stratum, Vote
from .settling import AGAINST, Ballot
from .speaking import Fired, Speaking, Voice
from .terms import Value
from .world import Frame


class Agenda:
    """What has to be redone, by the number of the stratum."""

    def __init__(self, program: Program):
        self.program = program
        self.rules: dict[int, dict[str, Rule]] = {}
        self.decisions: dict[int, dict[Speaking, None]] = {}

    def next(self) -> int | None:
        """Return the lowest stratum with something to do."""
        return min((*self.rules, *self.decisions), default=None)

    def add(self, changed: set[Key], keys: Iterable[Key]) -> None:
        """Note that attributes have changed."""
        for key in keys:
            changed.add(key)
            for number, rules in self.program.readers.get(key, ()):
                waiting = self.rules.get(number)
                self.rules[number] = {**waiting, **rules} if waiting else rules
            for speaking in self.program.leaning.get(key, ()):
                self.decisions.setdefault(speaking.level, {})[speaking] = None

    def spoke(self, rule_id: str) -> None:
        """Note that a rule fires otherwise than before."""
        for speaking in self.program.speaks.get(rule_id, ()):
            self.decisions.setdefault(speaking.level, {})[speaking] = None


@dataclass
class Program:
    """A knowledge base made ready to run; a stratum that has run `patience` times rule by rule is compiled whole."""

    knowledge: Knowledge
    patience: int = 300

    def __post_init__(self) -> None:
        knowledge = self.knowledge
        self._single: dict[str, Fire] = {}
        self._whole: dict[Stratum, Fire] = {}
        self._runs = dict.fromkeys(knowledge.strata, 0)
        self._gates = {stratum: _gates(stratum, knowledge) for stratum in knowledge.strata}
        self.readers = _readers(knowledge)
        self.scores = {name: _score(card, knowledge) for name, card in knowledge.scorecards.items()}
        self.speaking = {d.key: self._speaking(d) for d in knowledge.decisions}
        self.speaks: dict[str, list[Speaking]] = {}
        for speaking in self.speaking.values():
            for rule_id, _ in speaking.voices:
                self.speaks.setdefault(rule_id, []).append(speaking)
        self.settles = {stratum: [self.speaking[d.key] for d in stratum.settles] for stratum in knowledge.strata}
        for number, settled in enumerate(self.settles.values()):
            for speaking in settled:
                speaking.level = number
        self.leaning = self._leaning()

    def fire(self, stratum: Stratum, frame: Frame) -> Fired:
        """Return the firings of a stratum's rules on a frame.

        To compile a stratum whole takes as long as some hundred runs rule by rule: a single consultation does without.
        Raises RuleFailed, which names the rule and the rows, where one breaks.
        """
        self._runs[stratum] += 1
        if self._runs[stratum] <= self.patience:
            return self.refire(self.visited(stratum, frame), frame)
        whole = self._whole.get(stratum)
        if whole is None:
            whole = self._whole[stratum] = compiled(stratum.rules, self.knowledge)
        fired: Fired = {}
        try:
            whole(frame, fired)
        except Exception as error:
            self.refire(stratum.rules, frame)
            raise RuleFailed(f"the rules of a stratum broke together, each alone did not: {error!r}") from error
        return fired

    def refire(self, rules: Iterable[Rule], frame: Frame) -> Fired:
        """Return the firings of some rules, each run by itself. Raises RuleFailed as `fire` does."""
        fired: Fired = {}
        for rule in rules:
            function = self._single.get(rule.id)
            if function is None:
                function = self._single[rule.id] = compiled((rule,), self.knowledge)
            try:
                function(frame, fired)
            except Exception as error:
                rows = [row[0].address for entity in sorted({e for e, _ in rule.reads}) for row in frame[entity]]
                raise RuleFailed(f"rule {rule.id} broke on {', '.join(rows)}: {error!r}") from error
        return fired

    def visited(self, stratum: Stratum, frame: Frame) -> list[Rule]:
        """Return the rules of a stratum that can fire: those whose gate lets this case through."""
        always, gates = self._gates[stratum]
        found = dict(always)
        for entity, slot, doors in gates:
            for row in frame[entity]:
                found.update(doors.get(row[slot], _NOBODY))
        return list(found.values())

    def _speaking(self, decision: Decision) -> Speaking:
        voices = []
        for rule in self.knowledge.voters.get(decision.key, ()):
            own = []
            for number, effect in enumerate(rule.then):
                if isinstance(effect, Vote | Against) and effect.target.key in decision.keys:
                    own.append(self._voice(number, effect, decision))
            voices.append((rule.id, tuple(own)))
        exception = holding(decision.unless, self.knowledge) if decision.before else None
        return Speaking(decision, voices, self.knowledge.vocabulary.slots, exception)

    def _voice(self, number: int, effect: Vote | Against, decision: Decision) -> Voice:
        about = effect.target.name if effect.target.entity == decision.per_row else ""
        if isinstance(effect, Against):
            return Voice(number, about, Ballot(AGAINST, effect.option))
        strength = STRENGTHS.index(effect.strength)
        option = effect.option
        if isinstance(option, CountRef):
            name = option.name
            return Voice(number, about, Ballot(strength, 0), lambda firing, frame: dict(firing.counts).get(name))
        if isinstance(option, ScoreRef):
            card = self.scores[option.card]
            return Voice(number, about, Ballot(strength, 0), lambda firing, frame: card(frame))
        return Voice(number, about, Ballot(strength, option, effect.first))

    def _leaning(self) -> dict[Key, list[Speaking]]:
        """Return the decisions that read an attribute themselves: in their own order, by following, or through a score."""
        found: dict[Key, list[Speaking]] = {}
        for decision in self.knowledge.decisions:
            read = set(decision.reads)
            for rule in self.knowledge.voters.get(decision.key, ()):
                cards = [v.option.card for v in rule.votes if isinstance(v.option, ScoreRef) and v.target.key in decision.keys]
                read.update(key for card in cards for key in self.knowledge.scorecards[card].reads)
            for key in read:
                found.setdefault(key, []).append(self.speaking[decision.key])
        return found


Door = tuple[str, int, Mapping[Any, dict[str, Rule]]]
_NOBODY: dict[str, Rule] = {}


def _gates(stratum: Stratum, knowledge: Knowledge) -> tuple[dict[str, Rule], list[Door]]:
    """Return the rules to look at always, and for each gate the rules behind each of its values, all by rule id."""
    always: dict[str, Rule] = {}
    doors: dict[tuple[str, int], dict[Any, dict[str, Rule]]] = {}
    for rule in stratum.rules:
        found = gate(rule, knowledge) or gate(rule, knowledge, many=True)
        if found is None:
            always[rule.id] = rule
            continue
        for value in found.passing:
            doors.setdefault((found.entity, found.slot), {}).setdefault(value, {})[rule.id] = rule
    return always, [(entity, slot, door) for (entity, slot), door in doors.items()]


def _readers(knowledge: Knowledge) -> dict[Key, list[tuple[int, dict[str, Rule]]]]:
    """Return for each attribute the rules that read it, by the number of their stratum."""
    found: dict[Key, dict[int, dict[str, Rule]]] = {}
    for number, stratum in enumerate(knowledge.strata):
        for rule in stratum.rules:
            for key in rule.reads:
                found.setdefault(key, {}).setdefault(number, {})[rule.id] = rule
    return {key: list(rules.items()) for key, rules in found.items()}


def _score(card: Scorecard, knowledge: Knowledge) -> Callable[[Frame], Value]:
    """Return the function that adds a scorecard up: each factor earns the best of its rows that are known to hold."""
    factors = [[(holding(row.condition, knowledge), float(row.points)) for row in rows] for _, rows in card.factors]

    def total(frame: Frame) -> Value:
        points = sum((max((p for test, p in rows if test(frame)), default=0.0) for rows in factors), 0.0)
        return int(points) if points.is_integer() else points

    return total


@lru_cache(maxsize=8)
def program(knowledge: Knowledge) -> Program:
    """Return a knowledge base made ready to run; it is kept as long as it is used."""
    return Program(knowledge)
