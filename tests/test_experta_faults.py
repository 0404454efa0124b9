"""experta's faults, by their numbers in experta.md: each shown in experta alone, and how the engine never meets it.

Where the first half of a pair fails, a new experta has cured the fault; where the second fails, our cure is gone.
"""

from __future__ import annotations

import ast
import datetime
import gc
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from toy import DECISIONS, VOCABULARY, toy_base

from engine import matching
from engine.compiling import RuleFailed
from engine.facts import Dossier, Fact, Row
from engine.matching import Engine, consulted, experta
from engine.problems import Problem
from engine.reading.knowledge import read_base
from engine.rules import Knowledge
from engine.settling import Firing
from engine.world import World, world_of

L, P, W, MATCH = experta.L, experta.P, experta.W, experta.MATCH
AND, NOT, TEST, EXISTS, FORALL = experta.AND, experta.NOT, experta.TEST, experta.EXISTS, experta.FORALL
ON = datetime.date(2026, 11, 24)


# --- experta alone


class A(experta.Fact):  # type: ignore[misc]
    """Three kinds of fact."""


class B(experta.Fact):  # type: ignore[misc]
    """The second."""


class C(experta.Fact):  # type: ignore[misc]
    """The third."""


def stock(*sides: tuple[Any, ...]) -> Any:
    """Return an engine of experta's own with a rule for each left side, which notes its number when it fires."""

    def body(number: int) -> Callable[..., None]:
        return lambda engine, **context: engine.hits.append(number)

    return type("Stock", (experta.KnowledgeEngine,), {f"r{n}": experta.Rule(*side)(body(n)) for n, side in enumerate(sides)})()


def hits(engine: Any, *facts: Any) -> list[int]:
    """Return the numbers of the rules that fire when the facts are declared one by one."""
    engine.hits = []
    engine.reset()
    for fact in facts:
        engine.declare(fact)
    engine.run()
    return engine.hits  # type: ignore[no-any-return]


def one_rule(side: Any, body: Callable[..., None]) -> Any:
    """Return an engine of experta's own with one rule that has a body of its own, ready to run on A()."""
    engine = type(
        "Stock", (experta.KnowledgeEngine,), {"broken": experta.Rule(side)(body), "other": experta.Rule(B())(lambda engine: None)}
    )()
    engine.reset()
    engine.declare(A())
    return engine


# --- ours, on the toy base


def rule(id: str, when: Any, unless: Any = None, then: Any = None) -> dict[str, Any]:
    told = {"title": "A title", "why": "A reason.", "source": "tests", "owner": "tests", "since": "2026-01-01"}
    return {"id": id, "when": when, "then": then or [{"advise": "Do it."}], **told, **({"unless": unless} if unless else {})}


@pytest.fixture
def problems_with(tmp_path: Path) -> Callable[..., list[Problem]]:
    def problems_with(*rules: dict[str, Any]) -> list[Problem]:
        return read_base(toy_base(tmp_path / "toy", json.dumps(rules))).problems

    return problems_with


@pytest.fixture
def base(tmp_path: Path) -> Callable[..., Knowledge]:
    def base(*rules: dict[str, Any], vocabulary: str = VOCABULARY, decisions: str = DECISIONS) -> Knowledge:
        return read_base(toy_base(tmp_path / "toy", json.dumps(rules), vocabulary, decisions)).usable()

    return base


def plant(knowledge: Knowledge, pumps: Any = (), valves: Any = (), seals: Any = (), **facts: Any) -> World:
    """Return a plant with lists of pumps, valves and seals, named by their place."""
    rows = [Row("plant", "", {name: Fact(value) for name, value in facts.items()})]
    for entity, many in (("pump", pumps), ("valve", valves), ("seal", seals)):
        rows += [Row(entity, f"{entity} {n}", {name: Fact(value) for name, value in row.items()}) for n, row in enumerate(many)]
    return world_of(Dossier("made", tuple(rows)), knowledge.vocabulary, ON)


def ours(knowledge: Knowledge, world: World) -> list[str]:
    """Return the rules in the order in which experta fired them through our matcher, once for each choice of rows."""
    engine = Engine(knowledge, world)
    engine.work_out()
    return [firing.rule for firing in engine.fired]


def keys(engine: Engine) -> list[tuple[object, ...]]:
    engine.work_out()
    return [firing.key for firing in engine.fired]


HOUSE = {"pressure": 60, "shift": "day", "pumps": [{"fluid": "acid"}, {"fluid": "water", "speed": 3}], "valves": [{"tolerates": "acid"}]}


# --- 1: the stock strategy loses removals


def test_fault_1_experta_fires_a_cancelled_rule_among_tied_ones() -> None:
    tied = stock(*((A(), NOT(B(n))) for n in range(9)))
    assert sum(n in hits(tied, A(), B(n)) for n in range(9)) > 0, "cured: no cancelled rule fired"


def test_fault_1_we_fire_only_the_right_ones_of_tied_negations(base: Callable[..., Knowledge]) -> None:
    fluids = ("water", "acid", "oil")
    marks = "".join(f"\n        no_{f}: {{values: [yes], derived: yes, settle: [yes], meaning: None.}}" for f in fluids)
    vocabulary = VOCABULARY.replace("\n        wet:", f"{marks}\n        wet:")
    rules = [rule(f"M-{n}", [{"pump": {"fluid": f}}], then=[{"default": {f"plant.no_{f}": "yes"}}]) for n, f in enumerate(fluids)]
    tied = [rule(f"N-{n}", [{"plant": {"shift": "day", f"no_{f}": "unknown"}}]) for n, f in enumerate(fluids)]
    tied += [rule(f"U-{n}", [{"plant": {"shift": "day"}}], unless=[{"plant": {f"no_{f}": "yes"}}]) for n, f in enumerate(fluids)]
    knowledge = base(*rules, *tied, vocabulary=vocabulary)
    for number, fluid in enumerate(fluids):
        fired = ours(knowledge, plant(knowledge, [{"fluid": fluid}], shift="day"))
        others = [n for n in range(3) if n != number]
        assert fired == [f"M-{number}", *(f"N-{n}" for n in others), *(f"U-{n}" for n in others)]


def test_fault_1_our_strategy_never_removes_and_says_so(base: Callable[..., Knowledge]) -> None:
    knowledge = base(rule("T-1", "always"))
    engine = Engine(knowledge, plant(knowledge))
    one = engine.activation(Firing("T-1"))
    with pytest.raises(AssertionError, match="nothing is taken back"):
        engine.strategy.update_agenda(engine.agenda, [], [one])
    engine.strategy.update_agenda(engine.agenda, [one], [])
    with pytest.raises(AssertionError, match="handed over whole"):
        engine.strategy.update_agenda(engine.agenda, [one], [])


# --- 2: the order among equals differs from run to run


def test_fault_2_experta_orders_equals_by_their_addresses() -> None:
    kept = [stock(*((A(),) for _ in range(8))) for _ in range(20)]
    assert len({tuple(hits(engine, A())) for engine in kept}) > 1, "cured: the order is always the same"


def test_fault_2_we_fire_by_stratum_rule_and_rows(base: Callable[..., Knowledge]) -> None:
    every = [
        rule(f"{letter}-1", [{"pump": {}}, {"valve": {}}, *([{"plant": {"shift": "day"}}] * (letter in "ADG"))]) for letter in "GCAEBDF"
    ]
    knowledge = base(*every, rule("Z-1", "always", then=[{"default": {"plant.load": "high"}}]), rule("A-2", [{"plant": {"load": "high"}}]))
    world = plant(knowledge, [{}, {}], [{}, {}], shift="day")
    fired = keys(Engine(knowledge, world))
    below = [(f"{letter}-1", (("pump", "pump", p), ("valve", "valve", v))) for letter in "ABCDEFG" for p in (0, 1) for v in (0, 1)]
    assert fired == [*below, ("Z-1", ()), ("A-2", ())]
    assert all(keys(Engine(knowledge, world)) == fired for _ in range(20))


def test_fault_2_we_fire_in_the_same_order_under_every_hash_seed(base: Callable[..., Knowledge], tmp_path: Path) -> None:
    base(*(rule(f"{letter}-1", [{"pump": {}}, {"valve": {}}]) for letter in "GCAEBDF"))
    script = """if True:
        from pathlib import Path
        import test_experta_faults as t
        knowledge = t.read_base(Path("toy")).usable()
        print(t.keys(t.Engine(knowledge, t.plant(knowledge, [{}, {}], [{}, {}]))))
    """
    said = {python(script, tmp_path, PYTHONHASHSEED=seed) for seed in ("0", "1", "2")}
    assert len(said) == 1
    assert "G-1" in said.pop()


def python(script: str, at: Path, **environment: str) -> str:
    """Return what a fresh Python prints."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    told = {**os.environ, "PYTHONPATH": paths, **environment}
    return subprocess.run([sys.executable, "-c", script], cwd=at, env=told, check=True, capture_output=True, text=True).stdout


# --- 3: a fact declared and retracted in one rule body


def test_fault_3_experta_breaks_on_a_fact_declared_and_retracted_in_one_body() -> None:
    engine = one_rule(A(), lambda engine: engine.retract(engine.declare(B())))
    with pytest.raises(KeyError):
        engine.run()


def test_fault_3_we_retract_nothing(base: Callable[..., Knowledge], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something is taken back")

    for owner, name in ((experta.KnowledgeEngine, "retract"), (experta.KnowledgeEngine, "modify"), (experta.engine.FactList, "retract")):
        monkeypatch.setattr(owner, name, refuse)
    settles = rule("T-1", [{"plant": {"pressure": {"above": 40}}}], then=[{"default": {"plant.load": "high"}}])
    knowledge = base(settles, rule("T-2", [{"plant": {"load": "high"}}]))
    assert ours(knowledge, plant(knowledge, **HOUSE)) == ["T-1", "T-2"]


# --- 4, 5: what field constraints and conditional elements get wrong


def test_fault_4_experta_misreads_constraints_on_a_field() -> None:
    assert hits(stock((A(x=(L(1) | L(2)) & (L(2) | L(3))),)), A(x=1)) == [0], "cured: (a|b)&(c|d) no longer fires on a"
    assert hits(stock((A(x=P(lambda v: v > 0) | P(lambda v: v < 9)),)), A(x=5)) == [0, 0], "cured: P|P fires once"
    both_differ = stock((B(z=MATCH.z), A(x=~MATCH.z, y=~MATCH.z)))
    assert hits(both_differ, B(z=1), A(x=1, y=2)) + hits(both_differ, B(z=1), A(x=2, y=1)), "cured: both ~MATCH count"
    combinations: tuple[Callable[[], Any], ...] = (lambda: (L(1) & L(2)) & (L(3) & L(4)), lambda: (L(1) | L(2)) | (L(3) | L(4)))
    for combined in combinations:
        with pytest.raises(NameError):
            combined()


def test_fault_5_experta_loses_joins_inside_conditional_elements() -> None:
    assert hits(stock((NOT(AND(A(x=MATCH.x), B(x=MATCH.x))),)), A(x=1), B(x=2)) == [], "cured: no pair agrees, and it says so"
    assert hits(stock((C(x=MATCH.x), EXISTS(A(x=MATCH.x)))), C(x=1), A(x=2)) == [0], "cured: EXISTS keeps to what is bound"
    assert hits(stock((C(x=MATCH.x), FORALL(A(x=MATCH.x), B(x=MATCH.x)))), C(x=1), A(x=2)) == [], "cured: so does FORALL"
    for broken in ((A(x=MATCH.x), NOT(TEST(lambda x: x > 1))), (NOT(EXISTS(A())),)):
        with pytest.raises(KeyError):
            stock(*[broken])
    with pytest.raises(RuntimeError):
        hits(stock((A(a=MATCH.x, b=~MATCH.x), B())), A(a=1, b=2), B())


def test_faults_4_5_9_we_hand_experta_no_pattern_at_all(base: Callable[..., Knowledge]) -> None:
    names = {n.attr for n in ast.walk(ast.parse(Path(matching.__file__).read_text(encoding="utf-8"))) if isinstance(n, ast.Attribute)}
    assert not names & {"L", "P", "W", "MATCH", "AS", "AND", "OR", "NOT", "TEST", "EXISTS", "FORALL", "DefFacts", "watch"}
    knowledge = base(rule("T-1", [{"pump": {"fluid": "acid"}}]))
    activation = Engine(knowledge, plant(knowledge)).activation(Firing("T-1"))
    assert tuple(activation.rule) == ()
    assert Engine(knowledge, plant(knowledge)).get_rules() == []


def test_fault_4_we_take_two_lists_of_choices_as_both(base: Callable[..., Knowledge]) -> None:
    either = [[{"pump": {"fluid": f}} for f in two] for two in (("water", "acid"), ("acid", "oil"))]
    knowledge = base(rule("T-1", [{"pump": {}}, {"any": either[0]}, {"any": either[1]}]))
    fired = [ours(knowledge, plant(knowledge, [{"fluid": fluid}])) for fluid in ("water", "acid", "oil")]
    assert fired == [[], ["T-1"], []]


def test_fault_5_we_keep_joins_inside_negations(base: Callable[..., Knowledge]) -> None:
    agreeing = {"valve": {"tolerates": "pump.fluid"}}
    knowledge = base(
        rule("T-1", [{"pump": {}}, {"no": agreeing}]),
        rule("T-2", [{"pump": {}}, {"any": [[agreeing, {"seal": {"tolerates": "pump.fluid"}}]]}]),
        rule("T-3", [{"pump": {}}, {"every": {"valve": {}, "is": {"tolerates": "pump.fluid"}}}]),
        rule("T-4", [{"pump": {}}], unless=[agreeing, {"seal": {"tolerates": "pump.fluid"}}]),
    )
    pumps = [{"fluid": "water"}, {"fluid": "acid"}]
    assert ours(knowledge, plant(knowledge, pumps[:1], [{"tolerates": "acid"}], [{"tolerates": "water"}])) == ["T-1", "T-4"]
    assert ours(knowledge, plant(knowledge, pumps[:1], [{"tolerates": "water"}], [{"tolerates": "water"}])) == ["T-2", "T-3"]
    fired = keys(Engine(knowledge, plant(knowledge, pumps, [{"tolerates": "acid"}], [{"tolerates": "acid"}])))
    assert [(id, rows[0][2]) for id, rows in fired] == [("T-1", 0), ("T-2", 1), ("T-3", 1), ("T-4", 0)]  # type: ignore[index]


# --- 6: identical patterns and equal values


def test_fault_6_experta_takes_identical_patterns_and_equal_values_for_one() -> None:
    assert hits(stock((A(), A())), A(x=1), A(x=2)) == [0, 0], "cured: two patterns make four pairs of two facts"
    engine = stock((A(),))
    engine.reset()
    assert engine.declare(A(x=1)) is not None
    assert engine.declare(A(x=True)) is None, "cured: 1 and True are two facts"
    assert engine.declare(A(x=1.0)) is None, "cured: 1 and 1.0 are two facts"


def test_fault_6_we_take_two_names_for_two_rows(base: Callable[..., Knowledge]) -> None:
    knowledge = base(rule("T-1", [{"pump": {"as": "one"}}, {"pump": {"as": "other"}}]))
    assert ours(knowledge, plant(knowledge, [{}, {}])) == ["T-1"] * 4


def test_fault_6_we_declare_equal_rows_and_equal_values_apart(base: Callable[..., Knowledge]) -> None:
    knowledge = base(rule("T-1", [{"pump": {"speed": 1}}]))
    engine = Engine(knowledge, plant(knowledge, [{"speed": 1}, {"speed": 1.0}, {"speed": 1}], pressure=1))
    engine.work_out()
    assert [firing.rule for firing in engine.fired] == ["T-1"] * 3
    assert all(told is not None for told in engine.told.values())
    assert len({told["__factid__"] for told in engine.told.values()}) == len(engine.told)
    assert all(isinstance(value, str) for told in engine.told.values() for _, value in told[1])


# --- 7, 8: what is left behind when something raises


def refuse_bad(value: object) -> bool:
    if value == "bad":
        raise ValueError("bad")
    return True


def test_fault_7_experta_fires_an_activation_of_the_case_before() -> None:
    engine = stock((A(x=P(refuse_bad)),))
    engine.hits = []
    engine.reset()
    with pytest.raises(ValueError, match="bad"):
        engine.declare(A(x=1), A(x="bad"))
    engine.reset()
    engine.run()
    assert engine.hits == [0], "cured: the reset forgets the case before"


def test_fault_8_experta_stays_running_and_does_not_name_the_rule() -> None:
    def body(engine: Any) -> None:
        raise ValueError("in the body")

    engine = one_rule(A(), body)
    with pytest.raises(ValueError, match="in the body") as caught:
        engine.run()
    assert engine.running, "cured: the engine has stopped"
    assert "broken" not in str(caught.value)


def test_faults_7_8_a_rule_that_breaks_is_named_with_its_rows_and_leaves_nothing_behind(base: Callable[..., Knowledge]) -> None:
    knowledge = base(rule("T-1", [{"pump": {"fluid": "acid"}}]), rule("T-2", [{"pump": {"speed": {"above": 40}}}]), rule("T-3", "always"))
    wrong = plant(knowledge, [{"fluid": "acid", "speed": "a word where readers let only numbers through"}])
    for _ in range(2):
        with pytest.raises(RuleFailed, match=r"T-2 .*pump\[pump 0\]"):
            consulted(knowledge, wrong)
        assert ours(knowledge, plant(knowledge, [{"speed": 41}])) == ["T-2", "T-3"]


def test_fault_8_our_rule_bodies_only_record(base: Callable[..., Knowledge]) -> None:
    knowledge = base(rule("T-1", "always", then=[{"default": {"plant.load": "high"}}]))
    engine = Engine(knowledge, plant(knowledge))
    activation = engine.activation(Firing("T-1"))
    before = dict(engine.facts), engine.inference.world.known()
    activation.rule(engine, **activation.context)
    assert engine.fired == [Firing("T-1")]
    assert (dict(engine.facts), engine.inference.world.known()) == before
    assert activation.rule.__name__ == "T-1"


# --- 9: predicates of one pattern run in hash order


def test_fault_9_experta_lets_a_predicate_meet_what_its_sibling_was_to_exclude() -> None:
    met = 0
    kept = []
    for _ in range(40):
        kept.append(stock((A(kind=P(lambda v: v == "number"), value=P(lambda v: v > 3)),)))
        try:
            hits(kept[-1], A(kind="word", value="x"))
        except TypeError:
            met += 1
    assert met, "cured: predicates run in the order in which they stand"


def test_fault_9_our_tests_need_no_sibling_to_guard_them(base: Callable[..., Knowledge]) -> None:
    tests = {"fluid": "acid", "speed": {"above": 3}}
    knowledge = base(rule("T-1", [{"pump": tests}]), rule("T-2", [{"pump": dict(reversed(tests.items()))}]))
    for row in ({}, {"fluid": "acid"}, {"fluid": "water"}, {"speed": 9}, {"fluid": "water", "speed": 9}):
        assert ours(knowledge, plant(knowledge, [row])) == []
    assert ours(knowledge, plant(knowledge, [{"fluid": "acid", "speed": 9}])) == ["T-1", "T-2"]


# --- 10: misspelt slots, and methods that replace the engine's


def test_fault_10_experta_says_nothing_of_a_misspelt_slot() -> None:
    assert hits(stock((A(fluid="acid"),)), A(fluit="acid")) == [], "cured: a misspelt slot is refused"


def test_fault_10_a_rule_called_run_replaces_the_engines() -> None:
    replaced = type("Stock", (experta.KnowledgeEngine,), {"run": experta.Rule(A())(lambda engine: None)})()
    assert isinstance(replaced.run, experta.Rule), "cured: the engine keeps its own"


def test_fault_10_our_readers_report_what_is_misspelt(problems_with: Callable[..., list[Problem]]) -> None:
    found = problems_with(
        rule("T-1", [{"pump": {"fluit": "acid"}}]),
        rule("T-2", [{"pump": {"fluid": "acidd"}}]),
        rule("T-3", [{"pumb": {"fluid": "acid"}}]),
        rule("run", "always"),
    )
    assert [problem.code for problem in found] == ["R220", "R232", "R206", "R103"]
    assert all(near in problem.help for problem, near in zip(found, ("fluid", "acid", "pump"), strict=False))


def test_fault_10_no_rule_of_ours_is_a_method_of_the_engine(base: Callable[..., Knowledge]) -> None:
    knowledge = base(rule("T-1", "always"))
    engine = Engine(knowledge, plant(knowledge))
    engine.work_out()
    assert not hasattr(engine, "T-1")
    assert Engine.run is experta.KnowledgeEngine.run


@pytest.mark.parametrize("name", ["row", "self"])
def test_fault_10_an_attribute_may_be_called_what_a_fact_of_experta_calls_its_own(base: Callable[..., Knowledge], name: str) -> None:
    knowledge = base(rule("T-1", [{"pump": {name: {"above": 3}}}]), vocabulary=VOCABULARY.replace("speed: {range", f"{name}: {{range"))
    assert ours(knowledge, plant(knowledge, [{name: 5}])) == ["T-1"]


# --- 11: the import


def test_fault_11_experta_cannot_be_imported_as_it_is_published(tmp_path: Path) -> None:
    said = python("try:\n    import experta\nexcept AttributeError as error:\n    print(error)", tmp_path)
    assert "'Mapping'" in said, "cured: experta imports by itself"
    script = "import collections, collections.abc, logging; collections.Mapping = collections.abc.Mapping\n"
    assert python(script + "import experta; print(len(logging.root.handlers))", tmp_path) == "1\n", "cured: it leaves the root logger alone"


def test_fault_11_our_import_leaves_the_root_logger_and_collections_as_they_were(tmp_path: Path) -> None:
    script = """if True:
        import collections, logging
        before = dir(collections)
        import engine.matching
        assert logging.root.handlers == [], logging.root.handlers
        assert dir(collections) == before, set(dir(collections)) - set(before)
        print(engine.matching.experta.Rule.__name__)
    """
    assert python(script, tmp_path) == "Rule\n"


# --- 12: leaks, and rules that remember an engine


def grown(work: Callable[[], object], times: int) -> int:
    """Return by how many bytes memory has grown after so many runs, once it has had time to settle."""
    for _ in range(5):
        work()
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(5):
            work()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(times):
            work()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def test_fault_12_experta_leaks_with_every_engine_that_it_builds() -> None:
    leaked = grown(lambda: stock(*((A(x=P(lambda v: v > 3)),) for _ in range(20))), 10)
    assert leaked > 10 * 20 * 300, "cured: nothing is left of an engine"


def test_fault_12_experta_rules_remember_the_last_engine() -> None:
    first, second = (kind := type(stock((A(),))))(), kind()
    assert first.r0 is second.r0
    assert first.r0._wrapped_self is first
    assert second.r0._wrapped_self is second
    assert vars(kind)["r0"]._wrapped_self is second, "cured: a rule belongs to no engine"


def test_fault_12_our_memory_stays_flat_over_many_consultations(base: Callable[..., Knowledge]) -> None:
    rules = [rule(f"T-{n}", [{"pump": {"fluid": "acid"}}], then=[{"default": {"plant.load": "high"}}]) for n in range(20)]
    knowledge = base(*rules, rule("U-1", [{"plant": {"load": "high"}}]))
    world = plant(knowledge, **HOUSE)
    assert grown(lambda: consulted(knowledge, world), 300) < 20_000


def test_fault_12_our_consultations_may_run_beside_each_other(base: Callable[..., Knowledge]) -> None:
    knowledge = base(*(rule(f"T-{n}", [{"pump": {"speed": n}}]) for n in range(8)))
    worlds = [plant(knowledge, [{"speed": n}, {"speed": (n + 1) % 8}]) for n in range(8)] * 5
    alone = [ours(knowledge, world) for world in worlds]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda world: ours(knowledge, world), worlds)) == alone
    assert Engine(knowledge, worlds[0]).activation(Firing("T-0")).rule._wrapped_self is None


# --- 13: exact classes and absent attributes


def test_fault_13_experta_matches_no_subclass_and_no_absent_attribute() -> None:
    kind = type("Kind", (A,), {})
    assert hits(stock((A(),)), kind()) == [], "cured: a subclass matches"
    assert hits(stock((A(x=~L(1)),)), A()) == [], "cured: an absent attribute is not 1"
    assert hits(stock((A(x=P(lambda v: True)),)), A()) == [], "cured: an absent attribute meets a predicate"


def test_fault_13_we_say_what_an_absent_attribute_does(base: Callable[..., Knowledge]) -> None:
    knowledge = base(
        rule("T-1", [{"pump": {"fluid": "unknown"}}]),
        rule("T-2", [{"pump": {"fluid": ["unknown", "acid"]}}]),
        rule("T-3", [{"pump": {"fluid": {"not": "acid"}}}]),
        rule("T-4", [{"no": {"pump": {"fluid": "acid"}}}]),
        rule("T-5", [{"pump": {"fluid": "known"}}]),
    )
    assert ours(knowledge, plant(knowledge, [{}])) == ["T-1", "T-2", "T-4"]
    assert ours(knowledge, plant(knowledge, [{"fluid": "acid"}])) == ["T-2", "T-5"]
    assert ours(knowledge, plant(knowledge, [{"fluid": "oil"}])) == ["T-3", "T-4", "T-5"]
