"""The door to experta: a matcher and a strategy of ours hand it the firings, one stratum at a time.

The agenda never holds anything that a later fact would cancel, so nothing is ever retracted from it, and the order in
which it fires is the order of the firings: by stratum, rule id, and the places of the rows.
"""

from __future__ import annotations

import collections
import collections.abc
import logging
from functools import cache
from typing import Any

from .inferring import Inference
from .rules import Knowledge
from .settling import Firing
from .world import World, WorldRow


def _experta() -> Any:
    """Import experta as it is published: it pins frozendict 1.2, which looks for a name that Python 3.10 took away.

    Its import also gives the root logger a handler; that is undone, so that a host program keeps its own logging.
    """
    handlers = list(logging.root.handlers)
    lent = not hasattr(collections, "Mapping")
    if lent:
        collections.Mapping = collections.abc.Mapping  # type: ignore[attr-defined]
    try:
        import experta
        import experta.abstract
        import experta.activation
    finally:
        if lent:
            del collections.Mapping  # type: ignore[attr-defined]
        logging.root.handlers[:] = handlers
    return experta


experta = _experta()


class Told(experta.Fact):  # type: ignore[misc, name-defined]
    """What is known of a row, as experta holds it: its address, and pairs of attribute and value.

    Pairs, so that an attribute may have any name; text, since to experta 1 and True are one.
    """


class _Matcher(experta.abstract.Matcher):  # type: ignore[misc, name-defined]
    """Gives the agenda the firings of the next stratum, once it has used up those of the one below."""

    def reset(self) -> None:
        self.waiting = iter(self.engine.inference.knowledge.strata)
        self.above = None

    def changes(self, adding: Any = None, deleting: Any = None) -> tuple[list[Any], list[Any]]:
        if not self.engine.running or self.engine.agenda.activations:
            return [], []
        while True:
            if self.above is not None:
                self.engine.inference.settle(self.above)
                self.engine.tell(self.above)
            self.above = next(self.waiting, None)
            if self.above is None:
                return [], []
            inference = self.engine.inference
            inference.fire(self.above)
            if found := [f for rule in self.above.rules for f in inference.firings.get(rule.id, ())]:
                return [self.engine.activation(firing) for firing in found], []


class _Strategy(experta.abstract.Strategy):  # type: ignore[misc, name-defined]
    """Keeps the agenda in the order the matcher gave; experta takes the last one first."""

    def _update_agenda(self, agenda: Any, added: list[Any], removed: list[Any]) -> None:
        assert not removed and not (added and agenda.activations), "a stratum is handed over whole, and nothing is taken back"
        if added:
            agenda.activations = list(reversed(added))


@cache
def _body(rule_id: str) -> Any:
    """Return a rule as experta fires it: a body that only records, and holds nothing of the engine that it serves."""

    def record(engine: Engine, firing: Firing) -> None:
        engine.fired.append(firing)

    record.__name__ = rule_id
    return experta.Rule()(record)


class Engine(experta.KnowledgeEngine):  # type: ignore[misc, name-defined]
    """experta's engine with our matcher and strategy; it works one case out and then has done its work."""

    __matcher__ = _Matcher
    __strategy__ = _Strategy

    def __init__(self, knowledge: Knowledge, world: World):
        self.inference = Inference(knowledge, world.copy())
        self.fired: list[Firing] = []
        super().__init__()

    def activation(self, firing: Firing) -> Any:
        facts = [self.told[row] for _, row in firing.rows if row in self.told]
        return experta.activation.Activation(_body(firing.rule), facts, {"firing": firing})

    def tell(self, stratum: Any) -> None:
        """Declare what the stratum settled."""
        world = self.inference.world
        for decision in stratum.settles:
            for entity, name in sorted(decision.keys):
                for row in world.rows[entity]:
                    if (value := world.value(row, name)) is not None:
                        self.facts.declare(Told(row.address, ((name, str(value)),)))

    def work_out(self) -> Inference:
        """Return the case worked out. Raises RuleFailed, which names the rule and the facts, where one breaks."""
        self.told: dict[WorldRow, Any] = {}
        self.reset()
        known: dict[WorldRow, dict[str, str]] = {row: {} for rows in self.inference.world.rows.values() for row in rows}
        for (row, attribute), value in self.inference.world.known().items():
            known[row][attribute] = str(value)
        for row, values in known.items():
            self.told[row] = self.facts.declare(Told(row.address, tuple(values.items())))
        self.run()
        return self.inference


def consulted(knowledge: Knowledge, world: World) -> Inference:
    """Return the case worked out through experta. The world given is left as it is."""
    return Engine(knowledge, world).work_out()
