"""The ways to work one case out, each a function of a world, and the check that they all fire the same."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from engine.inferring import Inference, inferred, varied
from engine.matching import consulted
from engine.program import Program, program
from engine.rules import Knowledge, Stratum
from engine.settling import Firing
from engine.terms import Value
from engine.world import World, WorldRow

from . import ROOT
from .clipping import ClipsBase
from .floor import GROUPS, floor
from .generating import value_of

sys.path.insert(0, str(ROOT / "tests"))
from rete import bindings, rete_inferred

Run = Callable[[int, World], Any]
"""Works out the case of a world; the number counts the calls, so that a run may change another fact each time."""
BARE, INCREMENTAL, EXPERTA, STOCK, CLIPS = "bare", "incremental", "experta, ours", "experta, stock", "CLIPS"
Changes = list[dict[tuple[WorldRow, str], Value | None]]


class Engines:
    """All ways to run one knowledge base; experta's and CLIPS' networks are built here once and reset for each case."""

    def __init__(self, knowledge: Knowledge, stock: bool = True):
        self.knowledge = knowledge
        program(knowledge).patience = 0
        self.clips = ClipsBase(knowledge)
        self.ways: dict[str, Run] = {
            BARE: lambda n, world: inferred(knowledge, world),
            INCREMENTAL: self.incremental,
            EXPERTA: lambda n, world: consulted(knowledge, world),
            CLIPS: lambda n, world: self.clips.inferred(world),
        }
        if stock:
            self.ways[STOCK] = lambda n, world: rete_inferred(knowledge, world)
        self.bases: dict[int, tuple[Inference, Changes]] = {}

    def renew(self) -> None:
        """Build CLIPS anew: clipspy slows down as one environment is used."""
        self.clips = ClipsBase(self.knowledge)

    def prepare(self, worlds: Sequence[World]) -> None:
        """Work out for each world what an incremental run starts from, and the facts it will change."""
        for world in worlds:
            base = inferred(self.knowledge, world)
            self.bases[id(world)] = (base, one_fact_changes(self.knowledge, world, Random(0)))

    def incremental(self, number: int, world: World) -> Inference:
        base, changes = self.bases[id(world)]
        return varied(base, changes[number % len(changes)])

    def check(self, worlds: Sequence[World]) -> int:
        """Raise AssertionError where two ways fire differently, and return the number of dossiers compared."""
        for world in worlds:
            bare = inferred(self.knowledge, world)
            assert firings(consulted(self.knowledge, world)) == firings(bare)
            assert firings(self.clips.inferred(world)) == firings(bare), "CLIPS"
            if STOCK in self.ways:
                assert rete_inferred(self.knowledge, world) == bindings(bare), "Rete"
            base, changes = self.bases[id(world)]
            for change in changes:
                whole = world.copy()
                for (row, attribute), value in change.items():
                    whole.put(row, attribute, value)
                assert firings(varied(base, change)) == firings(inferred(self.knowledge, whole)), "incremental"
        return len(worlds)


def firings(inference: Inference) -> dict[str, list[Firing]]:
    """Return what fired, by rule, whatever the order."""
    return {id: sorted(found, key=lambda f: f.key) for id, found in inference.firings.items() if found}


def one_fact_changes(knowledge: Knowledge, world: World, chance: Random, number: int = 100) -> Changes:
    """Return changes of single facts, each read by some rule: to another value, or from unknown to one."""
    read = {key for rule in knowledge.rules for key in rule.reads}
    cells = []
    for entity in knowledge.vocabulary.entities.values():
        free = [a for a in entity.attributes.values() if not a.settled and (entity.name, a.name) in read]
        cells += [(row, a) for row in world.rows[entity.name] for a in free]
    changes: Changes = []
    while len(changes) < number:
        row, attribute = chance.choice(cells)
        value = value_of(attribute, chance)
        if value != world.value(row, attribute.name):
            changes.append({(row, attribute.name): value})
    return changes


class FloorPair:
    """The compiled functions of the rules that are also written by hand, and the hand-written ones."""

    def __init__(self, knowledge: Knowledge):
        rules = tuple(rule for rule in knowledge.rules if rule.id[:3] in GROUPS)
        strata = tuple(Stratum(tuple(r for r in s.rules if r.id[:3] in GROUPS), s.settles) for s in knowledge.strata)
        self.program = Program(dataclasses.replace(knowledge, rules=rules, strata=strata), patience=0)
        self.number = len(rules)
        self.by_hand = floor(knowledge.vocabulary.slots, knowledge.figures)

    def compiled(self, frame: Any) -> dict[str, tuple[Firing, ...]]:
        """Fire the strata, compiled whole, as a consultation keeps what they find."""
        found: dict[str, tuple[Firing, ...]] = {}
        for stratum in self.program.knowledge.strata:
            found.update(self.program.fire(self.program.strata[stratum], frame))
        return found

    def check(self, inferences: Sequence[Inference]) -> int:
        """Raise AssertionError where both fire differently, and return the number of dossiers compared."""
        for inference in inferences:
            compiled = [firing for firings in self.compiled(inference.world.frame).values() for firing in firings]
            by_hand = self.by_hand(inference.world.frame)
            assert sorted(map(_key, compiled)) == sorted(map(_key, by_hand)), "floor"
        return len(inferences)


def _key(firing: Any) -> tuple[Any, ...]:
    rule, rows, counts = firing
    return (rule, tuple((name, row.entity, row.index) for name, row in rows), counts)
