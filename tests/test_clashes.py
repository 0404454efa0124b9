"""Conditions that no case can satisfy together are found when they are read; those that one can are left alone."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path

import pytest
from conftest import ON
from test_bad_input import assert_shown, marked
from test_check import Found, checked, plant, rule  # noqa: F401
from toy import toy_base

from engine.contradicting import contradictions
from engine.inferring import inferred
from engine.reading.dossiers import read_dossier
from engine.reading.knowledge import read_base
from engine.world import world_of

CLASHES = [
    pytest.param("- plant: {«shift»: day}\n- plant: {«shift»: night}", "no plant.shift passes both", id="two values of the one row"),
    pytest.param("- pump: {«speed»: {above: 80}}\n- pump: {«speed»: {below: 50}}", "where two pumps are meant", id="bounds on one row"),
    pytest.param("- pump: {«speed»: 30}\n- pump: {«speed»: {above: 30}}", "pump.speed", id="a number and a bound"),
    pytest.param("- pump: {«fluid»: [acid, oil]}\n- pump: {«fluid»: {not: [acid, oil]}}", "pump.fluid", id="some and none of them"),
    pytest.param("- plant: {«shift»: unknown}\n- plant: {«shift»: known}", "plant.shift", id="known and not known"),
    pytest.param("- plant: {«pressure»: {above: figures.high_pressure}}\n- plant: {«pressure»: 40}", "plant.pressure", id="a figure"),
    pytest.param("- pump: {«name»: north}\n- pump: {«name»: south}", "pump.name", id="two names of one row"),
    pytest.param("- pump: {«speed»: {above: pump.speed}}", "compared with itself", id="above itself"),
    pytest.param("- pump: {as: a, «name»: {not: a.name}}", "compared with itself", id="another than itself"),
    pytest.param(
        "- plant: {«shift»: day}\n- any:\n    - plant: {«shift»: night}\n    - pump: {}",
        "this way of several never holds: no plant.shift",
        id="one of several ways",
    ),
    pytest.param(
        "- any:\n    - - plant: {«shift»: day}\n      - plant: {«shift»: night}\n    - pump: {}", "plant.shift", id="within one way"
    ),
    pytest.param("- every: {pump: {«fluid»: acid}, is: {«fluid»: oil}}", "pump.fluid", id="every row is otherwise than meant"),
    pytest.param("- pump: {«fluid»: acid}\n- every: {pump: {}, is: {«fluid»: oil}}", "pump.fluid", id="a row that every row is not"),
    pytest.param("- «pump»: {fluid: acid}\n- «no»: {pump: {fluid: [acid, oil]}}", "there is none", id="a row that is not there"),
    pytest.param("- «count»: {pump: {}, at_least: 2}\n- «no»: {pump: {}}", "there is none", id="so many rows that are not there"),
    pytest.param("- plant: {«tools»: lamp}\n- plant: {«tools»: {not: [lamp, gloves]}}", "plant.tools", id="taken and not taken"),
    pytest.param("- «settled»: plant.run\n- «unsettled»: plant.run", "both settled and unsettled", id="settled and unsettled"),
    pytest.param("- count: {plant: {}, at_least: «2»}", "there is one row", id="two of which there is one"),
    pytest.param("- count: {pump: {}, above: «2», below: 3}", "a count is 0 or more, and whole", id="a number of rows between two"),
]


@pytest.mark.parametrize(("when", "words"), CLASHES)
def test_what_cannot_hold_together_is_shown_in_both_places(checked: Found, when: str, words: str) -> None:  # noqa: F811
    plain, marks = marked(rule(when))
    Path("my-rules.yaml").write_text(plain, encoding="utf-8")
    said = checked("my-rules.yaml")
    assert words in said
    assert "Checked 1 file: 1 error, 0 warnings." in said
    assert_shown(said, "my-rules.yaml", marks)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        pytest.param("unless:\n  - plant: {«shift»: night}", "this exception never holds where the rule does", id="never"),
        pytest.param("unless:\n  - «plant»: {shift: day}", "the exception holds whenever the conditions do", id="always"),
    ],
)
def test_an_exception_that_never_or_always_holds_is_shown(checked: Found, more: str, words: str) -> None:  # noqa: F811
    plain, marks = marked(rule("- plant: {shift: day}", more=more + "\n"))
    Path("my-rules.yaml").write_text(plain, encoding="utf-8")
    said = checked("my-rules.yaml")
    assert words in said
    assert_shown(said, "my-rules.yaml", marks)


def test_a_line_that_needs_what_its_rule_rules_out_is_shown(checked: Found) -> None:  # noqa: F811
    plain, marks = marked(rule("- plant: {shift: day}", '- advise: "Wait."\n  needs: {«plant.shift»: night}'))
    Path("my-rules.yaml").write_text(plain, encoding="utf-8")
    said = checked("my-rules.yaml")
    assert "this line is never said" in said
    assert_shown(said, "my-rules.yaml", marks)


POOL = (
    "plant: {shift: day}", "plant: {shift: {not: day}}", "plant: {shift: unknown}", "plant: {shift: known}",
    "plant: {shift: [night, unknown]}",
    "plant: {pressure: {above: figures.high_pressure}}", "plant: {pressure: {at_most: 40}}", "plant: {pressure: {below: 40}}",
    "plant: {pressure: [40, 60]}", "plant: {pressure: {not: 40}}", "plant: {pressure: {between: [40, 40]}}",
    "pump: {fluid: acid}", "pump: {fluid: [water, unknown]}", "pump: {fluid: {not: [acid, oil]}}", "pump: {as: other, fluid: acid}",
    "pump: {speed: {at_most: 30}}", "pump: {speed: {above: 30}}", "pump: {name: north}", "pump: {name: {not: north}}",
    "no: {pump: {}}", "no: {pump: {fluid: acid}}", "no: {pump: {fluid: [acid, oil]}}", "no: {plant: {shift: day}}",
    "every: {pump: {}, is: {fluid: water}}", "every: {pump: {fluid: [acid, oil]}, is: {speed: {above: 30}}}",
    "count: {pump: {fluid: acid}, at_least: 1}",
)  # fmt: skip
KNOWN = [
    f"{fluid}{speed}" for fluid in ("", ", fluid: water", ", fluid: acid", ", fluid: oil") for speed in ("", ", speed: 30", ", speed: 50")
]
ROWS = [
    ", ".join(f"{{name: {name}{facts}}}" for name, facts in zip(("north", "south"), both, strict=True) if facts is not None)
    for both in product([None, *KNOWN], repeat=2)
]
PRESSURES = ("", "pressure: 30", "pressure: 40", "pressure: 50", "pressure: 60")
PLANTS = [f"{shift}{pressure}" for shift in ("", "shift: day, ", "shift: night, ") for pressure in PRESSURES]


def test_of_all_pairs_those_are_found_that_never_hold_and_no_others(tmp_path: Path) -> None:
    pairs = {f"T-{n}": pair for n, pair in enumerate(combinations(POOL, 2))}
    rules = "".join(rule(f"- {one}\n- {other}", name=name) for name, (one, other) in pairs.items())
    base = toy_base(tmp_path / "base", rules)
    knowledge = read_base(base).usable()
    problems = [problem for rule_ in knowledge.rules for problem in contradictions(rule_, knowledge)]
    found = {name for name, lines in _lines(rules).items() if any(p.places[0].line in lines for p in problems)}
    fired: set[str] = set()
    for plant_, pumps in [*product(PLANTS, ROWS[::5]), *product(PLANTS[:1], ROWS)]:
        path = tmp_path / "facts.yaml"
        path.write_text(f"plant: {{{plant_}}}\npumps: [{pumps}]\n", encoding="utf-8")
        world = world_of(read_dossier(path, knowledge.vocabulary), knowledge.vocabulary, ON)
        fired |= inferred(knowledge, world).firings.keys()
    assert {pairs[name] for name in found & fired} == set()
    assert {pairs[name] for name in pairs.keys() - found - fired} == set()
    assert len(found) > 30


def _lines(rules: str) -> dict[str, range]:
    """Return the lines of each rule of a file by its id."""
    starts = [(n, line.split()[-1]) for n, line in enumerate(rules.splitlines(), 1) if line.startswith("- id:")]
    ends = [*(n for n, _ in starts[1:]), len(rules.splitlines()) + 1]
    return {name: range(start, end) for (start, name), end in zip(starts, ends, strict=True)}
