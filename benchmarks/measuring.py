"""Stopwatches: ways interleaved in one process, commands against each other, many dossiers on several cores, memory."""

from __future__ import annotations

import gc
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import TypeVar

from engine.inferring import inferred
from engine.matching import consulted
from engine.reading.cases import read_case
from engine.reading.knowledge import read_base
from engine.rules import Knowledge
from engine.world import World, world_of

from . import ON, ROOT
from .generating import variation

clock = time.perf_counter
TURN = 0.005
"""Seconds that a turn of a way lasts, as near as whole runs come to it."""
MOST = 500
"""Runs in a turn at most."""
T = TypeVar("T")


def evenly(found: Sequence[T], most: int) -> list[T]:
    """Return so many at most, evenly over all, the first and the last among them."""
    if len(found) <= most:
        return list(found)
    return [found[at * (len(found) - 1) // (most - 1)] for at in range(most)]


def interleaved(
    ways: Mapping[str, Callable[[int, World], object]],
    worlds: Sequence[World],
    rounds: int,
    slow: Mapping[str, tuple[int, int]] | None = None,
    between: Callable[[], object] = lambda: None,
) -> dict[str, float]:
    """Return for each way the milliseconds of one case: the median over the rounds for each world, and the mean of those.

    A turn of a way is as many runs in a row as TURN allows, as a search makes hundreds: a single run after another way's would
    be timed on cold caches, and the shorter it is the more. `slow` gives a way that takes long its number of rounds and of worlds,
    in turns of one run; `between` is done before each round, unmeasured.
    """
    slow = slow or {}
    taken: dict[str, list[list[float]]] = {name: [[] for _ in worlds] for name in ways}
    between()
    turns = {name: 1 if name in slow else _turn(way, worlds[0]) for name, way in ways.items()}
    names = list(ways)
    for number in range(rounds):
        between()
        for at, world in enumerate(worlds):
            names.append(names.pop(0))
            for name in names:
                most, first = slow.get(name, (rounds, len(worlds)))
                if number < most and at < first:
                    runs = turns[name]
                    started = clock()
                    for run in range(runs):
                        ways[name](number * runs + run, world)
                    taken[name][at].append((clock() - started) / runs)
        gc.collect()
    return {name: 1000 * statistics.mean(statistics.median(t) for t in found if t) for name, found in taken.items()}


def _turn(way: Callable[[int, World], object], world: World) -> int:
    """Return how many runs a turn of a way takes."""
    found = []
    for number in range(5):
        started = clock()
        way(number, world)
        found.append(clock() - started)
    return min(max(round(TURN / min(found)), 1), MOST)


LIBRARIES = """
import click, tabulate, wcwidth, yaml, pydantic, platformdirs, collections, collections.abc
class Model(pydantic.BaseModel):
    name: str
    values: list[str] = []
Model(name='a')
import engine.matching
"""


def environment(store: str | None = None) -> dict[str, str]:
    """Return the environment of a command as an installed one has it: its modules are compiled once and kept; `store` is where
    it keeps what it has read (empty: nowhere), else where the user's commands do."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept if store is None else {**kept, "REALMS_CACHE": store}


def start_up(rounds: int) -> dict[str, float]:
    """Return the milliseconds of the command with and without a base to recall, of a process that only imports its libraries, and
    of a bare interpreter."""
    advise = [sys.executable, "cli.py", "advise", "cases/projection-classroom.yaml"]
    with tempfile.TemporaryDirectory() as store:
        ways = {
            "realms advise": (advise, environment(store)),
            "nothing kept": (advise, environment("")),
            "its libraries": ([sys.executable, "-c", LIBRARIES], environment()),
            "bare python": ([sys.executable, "-c", "pass"], environment()),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(rounds + 1):
            for name, (command, given) in ways.items():
                started = clock()
                subprocess.run(command, cwd=ROOT, env=given, check=True, capture_output=True)
                if number:  # the first round compiles and keeps
                    taken[name].append(1000 * (clock() - started))
    return {name: statistics.median(found) for name, found in taken.items()}


@cache
def shipped() -> Knowledge:
    return read_base(ROOT / "knowledge").usable()


@cache
def stored_runs() -> dict[str, object]:
    """Return the dossier of every step and flip of every case."""
    paths = sorted((ROOT / "cases").glob("*.yaml"))
    return {name: step.dossier for path in paths for name, step in read_case(path, shipped()).runs()}


def many(start: int, number: int) -> int:
    """Work out so many variations of the stored dossiers, bare, and return how many rules fired."""
    knowledge, dossiers = shipped(), list(stored_runs().values())
    fired = 0
    for at in range(start, start + number):
        dossier = variation(dossiers[at % len(dossiers)], knowledge, Random(at))  # type: ignore[arg-type]
        fired += sum(map(bool, inferred(knowledge, world_of(dossier, knowledge.vocabulary, ON)).firings.values()))
    return fired


def throughput(number: int, cores: int) -> float:
    """Return how many dossiers a second so many processes work out, made and read into a world included."""
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        pool.starmap(many, [(0, 50)] * (2 * cores), chunksize=1)
        parts = [(at, number // 20) for at in range(0, number, number // 20)]
        started = clock()
        fired = sum(pool.starmap(many, parts, chunksize=1))
        taken = clock() - started
    assert fired
    return number / taken


def growth(way: str, number: int) -> list[tuple[int, float, int]]:
    """Return (consultations, megabytes resident, objects alive) in a fresh process, after a tenth, a half and all."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_growth, (way, number))


def _growth(way: str, number: int) -> list[tuple[int, float, int]]:
    knowledge = shipped()
    worlds = [world_of(dossier, knowledge.vocabulary, ON) for dossier in stored_runs().values()]  # type: ignore[arg-type]
    run = consulted if way == "experta" else inferred
    found = []
    for at in range(1, number + 1):
        run(knowledge, worlds[at % len(worlds)])
        if at in (number // 10, number // 2, number):
            gc.collect()
            found.append((at, _resident(), len(gc.get_objects())))
    return found


def _resident() -> float:
    """Return the megabytes this process holds in memory; not a number where the system does not tell."""
    path = Path("/proc/self/statm")
    return int(path.read_text().split()[1]) * 4096 / 1e6 if path.exists() else float("nan")


def processor() -> str:
    """Return what the system calls its processor."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor() or "unknown")
