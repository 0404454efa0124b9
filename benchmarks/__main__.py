"""`python -m benchmarks [--quick] [part ...]`: measures, prints tables and, unless quick, writes benchmarks/results.json."""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from tabulate import tabulate

from engine.advising import consult
from engine.asking import questions
from engine.compiling import compiled
from engine.inferring import inferred
from engine.program import Program
from engine.reading.knowledge import read_base
from engine.world import world_of

from . import ON, ROOT
from .clipping import ClipsBase
from .engines import BARE, CLIPS, EXPERTA, INCREMENTAL, STOCK, Engines, FloorPair
from .generating import made_world, random_dossier, variation, written_base
from .measuring import clock, growth, interleaved, shipped, start_up, stored_runs, throughput

Rows = list[dict[str, Any]]


def ratios(taken: dict[str, float]) -> dict[str, Any]:
    """Return milliseconds with what the others cost in bare consultations, and what our way through experta gains."""
    found: dict[str, Any] = {name: round(ms, 4) for name, ms in taken.items()}
    found["CLIPS/bare"] = round(taken[CLIPS] / taken[BARE], 1)
    found["bare/incremental"] = round(taken[BARE] / taken[INCREMENTAL], 1)
    if STOCK in taken:
        found["stock/bare"] = round(taken[STOCK] / taken[BARE])
        found["stock/ours"] = round(taken[STOCK] / taken[EXPERTA], 1)
    return found


def consultations(quick: bool) -> Rows:
    """One consultation of the shipped base: all stored dossiers, and as many made ones."""
    knowledge = shipped()
    engines = Engines(knowledge)
    stored: list[Any] = list(stored_runs().values())
    made = [variation(d, knowledge, Random(at), 10) for at, d in enumerate(stored)]
    made += [random_dossier(knowledge, Random(at)) for at in range(10)]
    rows: Rows = []
    for name, dossiers in (("stored", stored), ("generated", made)):
        worlds = [world_of(d, knowledge.vocabulary, ON) for d in (dossiers[:4] if quick else dossiers)]
        engines.prepare(worlds)
        checked = engines.check(worlds)
        slow = {STOCK: (1 if quick else 3, len(worlds))}
        taken = interleaved(engines.ways, worlds, 5 if quick else 15, slow, engines.renew)
        cells = round(statistics.mean(len(w.known()) for w in worlds))
        fired = round(statistics.mean(sum(map(len, inferred(knowledge, w).firings.values())) for w in worlds))
        rows.append({"dossiers": name, "checked equal": checked, "facts": cells, "firings": fired, **ratios(taken)})
    return rows


def floors(quick: bool) -> Rows:
    """The compiled functions of the rules DRV, RLM, QUA against the same rules written by hand, on settled frames."""
    knowledge = shipped()
    pair = FloorPair(knowledge)
    stored: list[Any] = list(stored_runs().values())
    made = [variation(d, knowledge, Random(at), 10) for at, d in enumerate(stored * (1 if quick else 10))]
    made += [random_dossier(knowledge, Random(at)) for at in range(10 if quick else 200)]
    checked = pair.check([inferred(knowledge, world_of(d, knowledge.vocabulary, ON)) for d in made])
    worlds = [inferred(knowledge, world_of(d, knowledge.vocabulary, ON)).world for d in stored]
    checked += pair.check([inferred(knowledge, w) for w in worlds])
    ways = {"compiled": lambda n, w: pair.compiled(w.frame), "by hand": lambda n, w: pair.by_hand(w.frame)}
    taken = interleaved(ways, worlds, 10 if quick else 60)
    ratio = round(taken["compiled"] / taken["by hand"], 2)
    return [{"rules": pair.number, "checked equal": checked, **{k: round(v, 4) for k, v in taken.items()}, "compiled/by hand": ratio}]


def shares(quick: bool) -> Rows:
    """Where the time of a bare consultation goes: copying the world, firing, settling."""
    knowledge = shipped()
    worlds = [world_of(d, knowledge.vocabulary, ON) for d in stored_runs().values()]  # type: ignore[arg-type]
    parts: dict[str, list[float]] = {"copy": [], "fire": [], "settle": []}
    for _ in range(3 if quick else 20):
        spent = dict.fromkeys(parts, 0.0)
        for world in worlds:
            started = clock()
            copy = world.copy()
            spent["copy"] += clock() - started
            inference = type(inferred(knowledge, world))(knowledge, copy)
            for stratum in knowledge.strata:
                started = clock()
                inference.fire(stratum)
                fired = clock()
                inference.settle(stratum)
                spent["settle"] += clock() - fired
                spent["fire"] += fired - started
        for name, seconds in spent.items():
            parts[name].append(1000 * seconds / len(worlds))
    found = {name: statistics.median(taken) for name, taken in parts.items()}
    visits = statistics.mean(
        sum(len(Program(knowledge).visited(s, w.frame)) for s in knowledge.strata) for w in (worlds[:3] if quick else worlds)
    )
    return [{**{name: round(ms, 4) for name, ms in found.items()}, "rules looked at": round(visits), "of": len(knowledge.rules)}]


def made_bases(quick: bool) -> Rows:
    """Generated bases. Stock experta: up to 1,000 rules and 300 facts, one world and one round where it is slow."""
    sizes = [(50, 30), (200, 30)] if quick else [(50, 30), (200, 30), (1000, 30), (5000, 30), (200, 100), (200, 300), (200, 1000)]
    rows: Rows = []
    for rules, facts in sizes:
        with tempfile.TemporaryDirectory() as folder:
            knowledge = read_base(written_base(Path(folder), rules)).usable()
        worlds = [made_world(knowledge, facts, seed) for seed in range(2 if facts > 300 else 5)]
        engines = Engines(knowledge, stock=rules <= 1000 and facts <= 100)
        engines.prepare(worlds)
        checked = engines.check(worlds[:1] if facts > 100 or rules > 1000 else worlds[:3])
        slow = {STOCK: (1, 1 if facts > 100 or rules > 200 else 3)}
        if facts == 300:
            engines.ways[STOCK] = Engines(knowledge).ways[STOCK]
        many = facts > 100 or rules > 1000
        taken = interleaved(engines.ways, worlds, 3 if quick or many else 9, slow, engines.renew if rules <= 1000 else lambda: None)
        fired = round(statistics.mean(sum(map(len, inferred(knowledge, w).firings.values())) for w in worlds))
        rows.append({"rules": rules, "facts": facts, "firings": fired, "checked equal": checked, **ratios(taken)})
    return rows


def building(quick: bool) -> Rows:
    """Reading a base from YAML, making it ready, compiling every rule at once, and building CLIPS' network."""
    rows: Rows = []
    for rules in (50, 200) if quick else (50, 200, 1000, 2500, 5000):
        with tempfile.TemporaryDirectory() as folder:
            written_base(Path(folder), rules)
            gc.collect()
            started = clock()
            knowledge = read_base(Path(folder)).usable()
            read = clock()
            Program(knowledge)
            ready = clock()
            for stratum in knowledge.strata:
                compiled(stratum.rules, knowledge)
            done = clock()
            ClipsBase(knowledge)
            built = clock()
        steps = {"read": read - started, "made ready": ready - read, "all compiled": done - ready, "CLIPS built": built - done}
        row = {"rules": rules, **{name: round(1000 * seconds, 1) for name, seconds in steps.items()}}
        rows.append(
            {**row, "read, us a rule": round(1e6 * (read - started) / rules), "ours, us a rule": round(1e6 * (done - started) / rules)}
        )
    return rows


def start(quick: bool) -> Rows:
    """The command from the shell against a process that only imports its libraries."""
    taken = start_up(1 if quick else 7)
    return [{**{n: round(ms) for n, ms in taken.items()}, "advise/libraries": round(taken["realms advise"] / taken["its libraries"], 2)}]


def replay(quick: bool) -> Rows:
    """Variations of the stored dossiers, made, read into a world and worked out bare, on one core and on two."""
    number = 200 if quick else 10_000
    rows = [{"cores": cores, "dossiers": number, "per second": round(throughput(number, cores))} for cores in (1, 2)]
    return [{**row, "against one": round(row["per second"] / rows[0]["per second"], 2)} for row in rows]


def memory(quick: bool) -> Rows:
    """Megabytes and objects alive in a fresh process after a tenth, a half and all of the consultations."""
    number = 100 if quick else 10_000
    rows: Rows = []
    for way in ("bare", "experta"):
        for at, resident, objects in growth(way, number):
            rows.append({"way": way, "consultations": at, "MB resident": round(resident, 1), "objects": objects})
    return rows


def searching(quick: bool) -> Rows:
    """The search for questions, and a whole consultation with it, on the stored dossiers."""
    knowledge = shipped()
    dossiers: list[Any] = list(stored_runs().values())[: 3 if quick else None]
    found: dict[str, list[float]] = {"questions": [], "consult": []}
    for dossier in dossiers:
        world = world_of(dossier, knowledge.vocabulary, ON)
        base = inferred(knowledge, world)
        for _ in range(1 if quick else 3):
            started = clock()
            questions(base)
            asked = clock()
            consult(knowledge, dossier, ON)
            found["consult"].append(1000 * (clock() - asked))
            found["questions"].append(1000 * (asked - started))
    return [{"what": name, "median ms": round(statistics.median(ms), 1), "worst ms": round(max(ms), 1)} for name, ms in found.items()]


PARTS: dict[str, Callable[[bool], Rows]] = {
    part.__name__: part for part in (consultations, floors, shares, made_bases, building, start, replay, memory, searching)
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"which parts to run: {', '.join(PARTS)}; all if none is named")
    parser.add_argument("--quick", action="store_true", help="small sizes and few rounds, to see that everything runs")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform(), "quick": options.quick}
    print(f"Python {machine['python']}, {machine['cores']} cores, {machine['system']}; milliseconds unless said otherwise\n")
    path = ROOT / "benchmarks" / "results.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if options.parts and path.exists() else {}
    results: dict[str, Any] = {**kept, "machine": machine}
    for name in options.parts or PARTS:
        started = time.perf_counter()
        rows = PARTS[name](options.quick)
        title = (PARTS[name].__doc__ or "").strip()
        print(f"{name}: {title} ({time.perf_counter() - started:.0f} s)\n")
        print(tabulate(rows, headers="keys", missingval="-"), "\n", flush=True)
        results[name] = rows
        if not options.quick:
            path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
