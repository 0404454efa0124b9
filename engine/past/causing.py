"""Finds which changes of a rule base brought about that one case comes out otherwise: read off who spoke in each of the two.

A rule that spoke in one and not in the other either was changed itself, or reads something that came out otherwise; that is
followed down until changes are reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ..advising import Consultation
from ..conditions import Key
from ..rules import Rule, ScoreRef
from ..settling import Firing, followed
from ..terms import Held
from ..tracing import figures_of
from .revising import Change


@dataclass
class Causes:
    """The changes behind the differences of a case worked out `before` and `after` them."""

    before: Consultation
    after: Consultation
    changes: Iterable[Change]

    @cached_property
    def _any(self) -> dict[tuple[str, str], Change]:
        return {(change.what, change.name): change for change in self.changes}

    @cached_property
    def _changed(self) -> dict[tuple[str, str], Change]:
        return {name: change for name, change in self._any.items() if change.decides}

    def of_decision(self, key: Key) -> list[Change]:
        """Return the changes that turned a decision, nothing where who spoke does not show it."""
        return list(dict.fromkeys(self._key(key, set())))

    def of_rule(self, name: str) -> list[Change]:
        """Return the changes because of which lines of a rule come or go."""
        seen: set[Key] = set()
        found = list(self._rule(name, seen))
        rule = self.after.knowledge.by_id.get(name) or self.before.knowledge.by_id.get(name)
        if not found and rule is not None:  # it spoke in both: its line was hidden, held back or quieted
            main = [self.after.knowledge.main.key] if self.after.knowledge.main else []
            found = [c for key in (*sorted(rule.looks_at), *(v.target.key for v in rule.votes), *main) for c in self._key(key, seen)]
        return list(dict.fromkeys(found))

    def of_wording(self, name: str) -> list[Change]:
        """Return the changes because of which a rule says something in other words: its own, else those that filled the slots."""
        return [self._any["rule", name]] if ("rule", name) in self._any else self.of_rule(name)

    @property
    def _both(self) -> tuple[Consultation, Consultation]:
        return (self.before, self.after)

    def _key(self, key: Key, seen: set[Key]) -> Iterator[Change]:
        """Yield what changed below a decision, a derived fact or a fact that counts otherwise."""
        if key in seen:
            return
        seen.add(key)
        names = (("decision", key[1]), ("word", ".".join(key)), ("word", key[0]))
        yield from (self._changed[name] for name in names if name in self._changed and self._otherwise(key))
        for there in self._both:
            yield from (c for ref, _ in _hidden_by(there, key) for c in self._key(ref, seen))
        if self._otherwise(key):
            yield from (c for speaker in self._speakers(key) for c in self._speaker(speaker, seen))

    def _otherwise(self, key: Key) -> bool:
        was, now = (_held(there, key) for there in self._both)
        return was != now or self.before.showing.choices.get(key) != self.after.showing.choices.get(key)

    def _speakers(self, key: Key) -> list[str]:
        """Return who carried a decision in one of the two, or beat another vote, and did not speak the same in both."""
        spoke: list[dict[str, set[tuple[object, ...]]]] = [{}, {}]
        weighty: dict[str, None] = {}
        for said, there in zip(spoke, self._both, strict=True):
            for outcome in there.inference.outcomes(key) if key in there.knowledge.settles else ():
                for cast in (*outcome.carried, *(lost.cast for lost in outcome.lost)):
                    row = cast.row.address if cast.row else ""
                    said.setdefault(cast.firing.rule, set()).add((cast.strength, cast.option, row))
                weighty |= dict.fromkeys(cast.firing.rule for cast in outcome.carried)
                weighty |= dict.fromkeys(rule for lost in outcome.lost for rule in lost.beaten_by)
        return sorted(name for name in weighty if name not in spoke[0] or name not in spoke[1] or spoke[0][name] != spoke[1][name])

    def _speaker(self, name: str, seen: set[Key]) -> Iterator[Change]:
        """Yield what changed about a rule, or about the decision that speaks here in the place of one."""
        key = followed(Firing(name))
        yield from self._key(key, seen) if key else self._rule(name, seen)

    def _rule(self, name: str, seen: set[Key]) -> Iterator[Change]:
        if ("rule", name) in self._changed:
            yield self._changed["rule", name]
            return
        rule = self.after.knowledge.by_id.get(name)
        if rule is None:
            return
        yield from (self._changed["figure", f] for f in figures_of(rule) if ("figure", f) in self._changed)
        keys = set(rule.reads)
        for card in _cards(rule):
            yield from [self._changed["scorecard", card]] if ("scorecard", card) in self._changed else []
            keys |= self.after.knowledge.scorecards[card].reads
        yield from (c for key in sorted(keys) if self._otherwise(key) for c in self._key(key, seen))


def _held(there: Consultation, key: Key) -> dict[str, Held]:
    """Return what is known of an attribute, by row; nothing where there is no such word."""
    entity, attribute = key
    if attribute not in there.inference.world.slots.get(entity, {}):
        return {}
    world = there.inference.world
    held = {row.address: world.value(row, attribute) for row in world.rows[entity]}
    return {address: value for address, value in held.items() if value is not None}


def _hidden_by(there: Consultation, key: Key) -> Iterable[tuple[Key, object]]:
    entry = there.showing.entries.get(key)
    return [(ref.key, options) for ref, options in entry.when] if entry else []


def _cards(rule: Rule) -> list[str]:
    return [vote.option.card for vote in rule.votes if isinstance(vote.option, ScoreRef)]
