"""What `check` finds: every mistake in rules, in the other files of a base and in cases, in its place and with the way out.

In the texts below «...» is what has to be marked; the marks are taken out before the text is written.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest
from click.testing import Result
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_bad_input import CASE, assert_shown, files, marked, under
from toy import DECISIONS, FIGURES, RULES, VOCABULARY, toy_base

Found = Callable[..., str]


def rule(when: str = "- pump: {}", then: str = '- advise: "Look at it."', more: str = "", name: str = "T-10") -> str:
    """Return one rule as it stands in a file of its own."""
    head = f"- id: {name}\n  title: A title\n  why: Some words.\n"
    body = f"  when:\n{indent(when, '    ')}\n  then:\n{indent(then, '    ')}\n"
    return head + body + "  source: plant handbook\n  owner: maintenance\n  since: 2026-01-01\n" + indent(more, "  ")


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_base(tmp_path_factory.mktemp("plant"))


@pytest.fixture
def checked(realms: Callable[..., Result], plant: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Found:
    """Check files or a base; return what is said, after making sure of the exit code and that nothing is written."""
    monkeypatch.chdir(tmp_path)

    def checked(*words: str | Path, code: int = 1, knowledge: Path = plant) -> str:
        before = files(tmp_path), files(plant)
        result = realms("check", *words, "--knowledge", knowledge)
        assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        assert (files(tmp_path), files(plant)) == before
        return result.output

    return checked


def base(folder: Path, file: str = "", content: str = "") -> Path:
    """Write the toy base into `base`, with one file as it is given."""
    made = toy_base(folder / "base")
    if file:
        (made / file).parent.mkdir(exist_ok=True)
        (made / file).write_text(dedent(content), encoding="utf-8", newline="")
    return made


# --- rules: conditions

CONDITIONS = [
    pytest.param("- «pmp»: {}", "did you mean pump?", id="a misspelt entity"),
    pytest.param("- «not»: {pump: {}}", "did you mean no?", id="a condition word of another language"),
    pytest.param("- «or»: [{pump: {}}, {valve: {}}]", "any", id="or"),
    pytest.param("- pump: {«fluidd»: water}", "did you mean fluid?", id="a misspelt attribute"),
    pytest.param("- pump: {«note»: x}", "never tested", id="a note"),
    pytest.param("- pump: {fluid: «watr»}", "did you mean water? one of water, acid, oil", id="a misspelt value"),
    pytest.param("- plant: {run: «stpo»}", "did you mean stop?", id="a misspelt option of a decision"),
    pytest.param("- pump: {fluid: [water, «mud»]}", "one of water, acid, oil", id="a wrong value in a list"),
    pytest.param("- pump: {fluid: «[»]}", "empty", id="a list of no values"),
    pytest.param("- pump: {fluid: {not: «unknown»}}", "known", id="not unknown"),
    pytest.param("- pump: {fluid: «{»not: acid, above: 3}}", "`not` stands alone", id="not beside another test"),
    pytest.param("- pump: {fluid: «{»}}", "asks nothing", id="a word tested with nothing"),
    pytest.param("- pump: {speed: «{»}}", "asks nothing", id="a number tested with nothing"),
    pytest.param("- pump: {fluid: {«above»: 3}}", "fluid is a word", id="a number's operator on a word"),
    pytest.param("- pump: {speed: {«abov»: 3}}", "did you mean above?", id="a misspelt operator"),
    pytest.param("- pump: {speed: «fast»}", "from 0 to 5000", id="a word for a number"),
    pytest.param("- pump: {speed: {above: «1e3»}}", "from 0 to 5000", id="a number with an exponent"),
    pytest.param("- pump: {speed: {above: «6000»}}", "outside 0..5000", id="a bound outside the range"),
    pytest.param("- pump: {speed: «{»below: 0}}", "no number passes this test: pump.speed is from 0 to 5000", id="below its range"),
    pytest.param("- pump: {speed: «{»above: 5000}}", "no number passes this test", id="above its range"),
    pytest.param("- pump: {speed: «{»above: 30, at_most: 30}}", "no number passes this test", id="bounds with nothing between"),
    pytest.param("- plant: {pressure: «{»above: figures.high_pressure, below: 30}}", "no number passes", id="a figure above a bound"),
    pytest.param("- count: {pump: {}, below: «0»}", "a count is 0 or more", id="fewer than none"),
    pytest.param("- plant: {shift: {not: «[»day, night]}}", "no value of plant.shift passes", id="none of all values"),
    pytest.param("- pump: {speed: {between: «[»30, 10]}}", "reversed", id="between the wrong way round"),
    pytest.param("- pump: {speed: {between: «[»30]}}", "[lower, upper]", id="between one number"),
    pytest.param("- pump: {speed: {between: «30»}}", "[lower, upper]", id="between no list"),
    pytest.param("- pump: {speed: {above: «figures.hi_pressure»}}", "did you mean high_pressure?", id="an unknown figure"),
    pytest.param("- pump: {fluid: «figures.high_pressure»}", "pump.fluid is a word", id="a figure for a word"),
    pytest.param("- pump: {speed: «plant.shift»}", "another kind", id="a number compared with a word"),
    pytest.param("- pump: {fluid: «plant.shift»}", "one of day, night", id="words without a value in common"),
    pytest.param("- pump: {fluid: «pmp.fluid»}", "did you mean pump?", id="an unbound name, misspelt"),
    pytest.param("- pump: {fluid: «valve.tolerates»}", "add `- valve: {}` to `when`", id="an unbound name, forgotten"),
    pytest.param("- pump: {as: p}\n- «p»: {fluid: acid}", "write `pump: {as: p, ...}`", id="a row's name for an entity"),
    pytest.param(
        "- «p»: {fluid: acid}\n- pump: {as: p}", "write `pump: {as: p, ...}`", id="a row's name for an entity, before it is given"
    ),
    pytest.param("- pump: {as: q}\n- valve: {as: «q»}", "already names a row of pump", id="one name for two entities"),
    pytest.param("- pump: {as: «plant»}", "already names a row of plant", id="the name of an entity"),
    pytest.param("- pump: {as: «3x»}", "cannot name a row", id="a name that is none"),
    pytest.param("- pump: {as: «[»p]}", "`as` gives a row a name", id="a list for a name"),
    pytest.param("- count: {pump: {}, as: «valve»}", "cannot name a count", id="an entity's word for a count"),
    pytest.param("- pump: {fluid: acid}\n  «valve»: {}", "one condition has one key", id="two keys in one condition"),
    pytest.param("- «pump»", "- pump: {attribute: value}", id="a condition without its tests"),
    pytest.param("- pump: «acid»", "{attribute: value}", id="a word for the tests"),
    pytest.param("- «always»", "write `when: always`", id="always in a list"),
    pytest.param("«never»", "write `always`, or a list of conditions", id="a word that is no condition"),
    pytest.param("«[»]", "write `always`, or a list of conditions", id="no conditions"),
    pytest.param("- no: «pump»", "no: {", id="no without tests"),
    pytest.param("- no: «{»pump: {}, valve: {}}", "asks about one entity", id="no of two entities"),
    pytest.param("- «every»: {pump: {}}", "`is: {...}`", id="every without is"),
    pytest.param("- count: {pump: {}, «atleast»: 2}", "did you mean at_least?", id="a misspelt bound of a count"),
    pytest.param("- any: «{»pump: {}}", "list of conditions", id="any without a list"),
    pytest.param("- «settled»: {plant.run: {by: [warn, fallback]}}", "ever carried by warn or fallback", id="never settled so"),
    pytest.param("- «plant.shift»: day", "write plant: {shift: value}", id="a fact for an entity"),
    pytest.param("- «all»: [{pump: {}}, {valve: {}}]", "all of one list must hold", id="all"),
    pytest.param("- «{»}", "here a condition is missing", id="a condition of nothing"),
    pytest.param("- every: {pump: {}, is: «{»}}", "`is` asks nothing", id="every is nothing"),
    pytest.param("- pump: {speed: {not: «{»above: 3}}}", "at_most for above", id="not of a bound"),
    pytest.param("- pump: {speed: {above: «high_pressure»}}", "did you mean figures.high_pressure?", id="a figure without figures"),
    pytest.param("- pump: {speed: {above: «figure.high_pressure»}}", "did you mean figures?", id="figure for figures"),
    pytest.param("- pump: {fluid: {not: «known»}}", "one of water", id="a word not known"),
    pytest.param("- pump: {speed: {not: «known»}}", "what is not known is `unknown`", id="a number not known"),
    pytest.param("- pump: {as: a}\n- pump: {name: {not: «b.name»}}", "'b' is not bound to a row", id="a name of no row"),
    pytest.param("- pump: {name: «}»", "here a name is missing", id="no name"),
    pytest.param("- pump: {«speed:30»}", "write `speed: 30`", id="a colon without its space"),
    pytest.param("- settled: {plant.run: {by: «strong»}}", "one of law, veto", id="an unknown strength"),
    pytest.param("- settled: {plant.run: «veto»}", "write settled: {plant.run: {by: veto}}", id="settled without by"),
    pytest.param("- settled: «plant.shift»", "a fact, not a decision", id="settled of a fact"),
    pytest.param("- unsettled: «plant»", "plant.attribute", id="unsettled of an entity"),
    pytest.param("- open_questions: «3»", "open_questions: {above: number}", id="open questions without a bound"),
    pytest.param("- open_questions: «{»}", "open_questions: {above: number}", id="open questions with nothing"),
]


@pytest.mark.parametrize(("when", "words"), CONDITIONS)
def test_a_condition_that_goes_wrong_is_shown_in_its_place_with_the_way_out(checked: Found, when: str, words: str) -> None:
    plain, marks = marked(rule(when))
    Path("my-rules.yaml").write_text(plain, encoding="utf-8")
    said = checked("my-rules.yaml")
    assert words in said
    assert_shown(said, "my-rules.yaml", marks)
    assert said.count("error[") == 1


# --- rules: effects

EFFECTS = [
    pytest.param("- default: {pump.service: «inspct»}", "did you mean inspect?", id="a misspelt option"),
    pytest.param("- default: {plant.run: [stop, «carefl»]}", "did you mean careful?", id="a misspelt alternative"),
    pytest.param("- default: {«plant.rn»: stop}", "did you mean run?", id="a misspelt decision"),
    pytest.param("- default: {«run»: stop}", "write plant.run", id="a decision without its entity"),
    pytest.param("- default: {«pump.fluid»: water}", "not settled by rules", id="a vote on a fact"),
    pytest.param("- default: {«valve.service»: inspect}", "or say plant.service", id="a vote on a row that is not bound"),
    pytest.param("- «strong»: {plant.run: stop}", "strengths: law, veto", id="an unknown strength"),
    pytest.param("- «defualt»: {plant.run: stop}", "did you mean default?", id="a misspelt strength"),
    pytest.param("- «warn»: {plant.run: stop}", "never speaks for an option", id="a warning for an option"),
    pytest.param('- default: «"Stop it."»', "speaks for an option", id="a text where an option is wanted"),
    pytest.param("- «advise»: {plant.run: stop}", "speak with `default`", id="advise on a decision that takes one"),
    pytest.param("- default: «{»plant.run: stop, plant.load: high}", "a list item of its own", id="two votes in one"),
    pytest.param('- advise: "One."\n  «warn»: "Two."', "one effect has one strength", id="two strengths in one"),
    pytest.param('- advise: "It."\n  within: «soon»', "`within` is a whole number of working days", id="within is no number"),
    pytest.param('- advise: "It."\n  «say»: "More."', "cannot stand beside 'advise'", id="say beside a text"),
    pytest.param("- default: {plant.run: stop}\n  «lane»: x", "one of say, first", id="a lane beside a vote"),
    pytest.param("- default: {plant.run: stop}\n  first: «yes»", "takes many", id="first where one is taken"),
    pytest.param('- advise: "It."\n  lane: «promo»', "no lane", id="an unknown lane"),
    pytest.param('- advise: "It."\n  about: «pump.sped»', "did you mean speed?", id="about an unknown fact"),
    pytest.param('- advise: "It."\n  about: «[»pump.speed]', "names one fact", id="about a list"),
    pytest.param('- advise: "It."\n  needs: «plant.shift»', "needs: {plant.attribute: value}", id="needs without a value"),
    pytest.param('- advise: "It."\n  needs: {plant.shift: «dawn»}', "one of day, night", id="needs of a wrong value"),
    pytest.param('- advise: "Open «{pmp.name}» now."', "did you mean pump?", id="a slot of an unbound name"),
    pytest.param('- advise: "Open «{pump.nam}» now."', "did you mean name?", id="a slot of an unknown attribute"),
    pytest.param('- advise: "Open «{pump}» now."', "did you mean {pump.name}?", id="a slot of a row"),
    pytest.param('- advise: "Open «{n}» now."', "no number that a `count`", id="a slot of no count"),
    pytest.param('- advise: "Above «{figures.pressure}» bar."', "no figure", id="a slot of an unknown figure"),
    pytest.param('- advise: "Open «{pump.name!r}» now."', "{name.attribute}", id="a slot that would be formatted"),
    pytest.param('- advise: "Open «{}» now."', "{name.attribute}", id="an empty slot"),
    pytest.param('- advise: «"Open {pump.name now."»', "without braces", id="a lone brace"),
    pytest.param("- advise: Open it«:» now", 'quote it: - advise: "Open it: now"', id="a colon in a text"),
    pytest.param("- advise: «Open it» # now", 'quote it: - advise: "Open it # now"', id="a text cut by a hash"),
    pytest.param("- advise: «[»Open it, now]", "a text", id="a list for a text"),
    pytest.param('- advise: «""»', "empty", id="an empty text"),
    pytest.param("[{advise: «Open it now»}]", "without quotes", id="a plain text inside a list in brackets"),
    pytest.param('- «law»: "So it is."', "`locked: yes`", id="law in a rule that is not locked"),
    pytest.param("«[»]", "list of effects", id="no effects"),
    pytest.param("- «stop»", "`strength: what`", id="a word for an effect"),
    pytest.param("- default: {plant.run: «[»]}", "an option of plant.run is missing", id="a vote for nothing"),
    pytest.param("- default: {plant.run: [stop, «stop»]}", "stands here twice", id="an alternative to itself"),
    pytest.param('- advise: "It."\n  needs: «{»}', "asks nothing", id="needs of nothing"),
    pytest.param("- default: {plant.wet: «{»scor: scorecards/heat.csv}}", "write {score: ", id="a misspelt score"),
    pytest.param("- default: {plant.wet: «99»}", "outside 0..50", id="a number out of range"),
    pytest.param("- default: {plant.wet: «n»}", "a number", id="a word for a number"),
    pytest.param("- default: {plant.wet: «{»score: scorecards/heat.csv}}", "no scorecard", id="an unknown scorecard"),
]


@pytest.mark.parametrize(("then", "words"), EFFECTS)
def test_an_effect_that_goes_wrong_is_shown_in_its_place_with_the_way_out(checked: Found, then: str, words: str) -> None:
    plain, marks = marked(rule(then=then))
    Path("my-rules.yaml").write_text(plain, encoding="utf-8")
    said = checked("my-rules.yaml")
    assert words in said
    assert_shown(said, "my-rules.yaml", marks)


@pytest.mark.parametrize("then", ["- default: {«pump.service»: inspect}", '- advise: "Open «{pump.name}»."'], ids=["a vote", "a text"])
def test_a_rule_that_speaks_of_a_row_binds_it(checked: Found, then: str) -> None:
    plain, marks = marked(rule("- plant: {shift: day}", then))
    Path("my-rules.yaml").write_text(plain, encoding="utf-8")
    said = checked("my-rules.yaml")
    assert "add `- pump: {}` to `when`" in said
    assert_shown(said, "my-rules.yaml", marks)


# --- rules: the rest of it

REST = [
    pytest.param(rule(more="status: «drft»\n"), "did you mean draft?", id="a misspelt status"),
    pytest.param(rule(more="locked: «maybe»\n"), "one of yes, no", id="locked neither yes nor no"),
    pytest.param(rule(more="review_by: «soon»\n"), "year-month-day", id="a review on no day"),
    pytest.param(rule(more="«sincee»: 2026-01-01\n"), "did you mean since?", id="a misspelt key"),
    pytest.param(rule(more="«priority»: 5\n"), "a rule has no 'priority'", id="a key that no rule has"),
    pytest.param(rule(more="cases: {«fire»: [x]}\n"), "cases has no 'fire'", id="a misspelt kind of case"),
    pytest.param(rule(more="cases: {fires: «x»}\n"), "is a list", id="a case without a list"),
    pytest.param(rule(more="unless:\n  - «pmp»: {}\n"), "did you mean pump?", id="an exception of an unknown entity"),
    pytest.param(rule(more="unless: «sometimes»\n"), "no condition", id="an exception in words"),
    pytest.param(rule(more="«title»: Another\n"), "written twice", id="two titles"),
    pytest.param(rule().replace("2026-01-01", "«last week»"), "year-month-day", id="since no day"),
    pytest.param(rule().replace("2026-01-01", "«2026-13-01»"), "no such day", id="since a day that is not in the calendar"),
    pytest.param(rule().replace("T-10", "«t10»"), "as ABC-12", id="an id of another form"),
    pytest.param(rule().replace("- id: T-10\n  title", "- «t»itle"), "a rule needs 'id'", id="no id"),
    pytest.param(rule().replace("  why: Some words.\n", "").replace("- id", "- «i»d"), "a rule needs 'why'", id="no why"),
    pytest.param(rule().replace("Some words.", "«[»some, words]"), "why is a text", id="a list for a why"),
    pytest.param(rule().replace("Some words.", "«Some words» #1."), "quote it", id="a why cut by a hash"),
    pytest.param(rule().replace("- id", "  «i»d"), "start each rule with `- id:`", id="a rule outside a list"),
    pytest.param(rule().replace("- id", "- «word»\n- id"), "keys: id, title, why", id="a word for a rule"),
]


@pytest.mark.parametrize(("text", "words"), REST)
def test_a_rule_that_is_not_whole_is_shown_in_its_place_with_what_it_lacks(checked: Found, text: str, words: str) -> None:
    plain, marks = marked(text)
    Path("my-rules.yaml").write_text(plain, encoding="utf-8")
    said = checked("my-rules.yaml")
    assert words in said
    assert_shown(said, "my-rules.yaml", marks)


def test_all_mistakes_of_a_rule_are_shown_at_once(checked: Found) -> None:
    text = rule(
        "- pump: {fluid: «watr»}\n- valve: {«tolerate»: oil}", '- default: {plant.run: «stpo»}\n- advise: "Open «{n}»."', "status: «on»\n"
    )
    plain, marks = marked(text)
    Path("my-rules.yaml").write_text(plain, encoding="utf-8")
    assert_shown(checked("my-rules.yaml"), "my-rules.yaml", marks)


def test_each_rule_that_is_no_yaml_is_shown_and_what_its_neighbours_have_wrong_as_yaml(checked: Found) -> None:
    broken = [
        rule(name="T-10").replace("- pump: {}", "- pump: {"),
        rule(name="T-11"),
        rule(name="T-12").replace('"Look at it."', '"Look at it.'),
        rule(name="T-13").replace("  why", "\twhy"),
        rule(name="T-14").replace("  owner: maintenance", "  owner: maintenance\n  owner: others"),
        rule(name="T-15").replace("title: A title", "title:A title"),
    ]
    text = "# A head\n" + "\n".join(broken)
    Path("my-rules.yaml").write_text(text, encoding="utf-8")
    said = checked("my-rules.yaml")
    ids = {n: line.split()[-1] for n, line in enumerate(text.splitlines(), 1) if line.startswith("- id:")}
    shown = [int(n) for n in re.findall(r"--> my-rules.yaml:(\d+):", said)]
    assert {max((n, name) for n, name in ids.items() if n <= line)[1] for line in shown} == {"T-10", "T-12", "T-13", "T-14", "T-15"}
    assert said.count("error[") == 5


def test_an_id_used_twice_shows_both_places_also_in_two_files(checked: Found, plant: Path) -> None:
    Path("one.yaml").write_text(rule() + rule(name="T-01"), encoding="utf-8")
    Path("two.yaml").write_text(rule(), encoding="utf-8")
    said = checked("one.yaml", "two.yaml")
    assert {"one.yaml:1:7", "two.yaml:1:7", "one.yaml:11:7", f"{plant / 'rules' / 'plant.yaml'}:2:7"} <= set(re.findall(r"--> (\S+)", said))
    assert "rule T-10 is written twice" in said
    assert "rule T-01 is written twice" in said


def test_an_id_used_twice_in_a_base_shows_both_places(checked: Found, tmp_path: Path) -> None:
    made = base(tmp_path, "rules/more.yaml", rule(name="T-02"))
    said = checked(knowledge=made)
    assert re.findall(r"--> .*?(\w+.yaml:\d+:\d+)", said) == ["plant.yaml:16:7", "more.yaml:1:7"]


@pytest.mark.parametrize(
    ("rules", "members"),
    [
        pytest.param(
            rule("- plant: {run: stop}", "- default: {plant.run: careful}"), ["plant.run waits for plant.run (T-10)"], id="of one rule"
        ),
        pytest.param(
            rule("- plant: {run: stop}", "- default: {plant.load: high}"),
            ["plant.load waits for plant.run (T-10)", "plant.run waits for plant.load (T-03)"],
            id="with a rule of the base",
        ),
        pytest.param(
            rule("- no: {pump: {service: replace}}", "- advise: {plant.tools: lamp}")
            + rule("- plant: {tools: lamp}", "- default: {plant.service: inspect}", name="T-11"),
            ["service waits for plant.tools (T-11)", "plant.tools waits for", "(T-10)"],
            id="through no and a row's decision",
        ),
    ],
)
def test_a_loop_among_decisions_names_its_members_and_shows_their_rules(checked: Found, rules: str, members: list[str]) -> None:
    Path("my-rules.yaml").write_text(rules, encoding="utf-8")
    said = checked("my-rules.yaml")
    assert "in a circle" in said
    assert "my-rules.yaml:1:7" in said
    for member in members:
        assert member in said


@pytest.mark.parametrize("test", ["{at_most: 0}", "{at_least: 5000}", "{between: [30, 30]}", "{above: figures.high_pressure, below: 41}"])
def test_a_test_that_a_single_number_passes_is_one(checked: Found, test: str) -> None:
    Path("my-rules.yaml").write_text(rule(f"- pump: {{speed: {test}}}"), encoding="utf-8")
    assert "all is well" in checked("my-rules.yaml", code=0)


def test_a_good_rule_file_has_nothing_wrong(checked: Found) -> None:
    Path("my-rules.yaml").write_text(rule() + rule("always", "- fallback: {plant.run: run}", name="T-11"), encoding="utf-8")
    assert "Checked 1 file: all is well." in checked("my-rules.yaml", code=0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            rule().replace("Some words.", "It has a title."), "the why of T-10 repeats its title", id="a why that repeats the title"
        ),
        pytest.param(rule("- seal: {tolerates: oil}"), "does not say whether removed", id="a row that may be gone"),
    ],
)
def test_what_a_rule_may_not_mean_is_a_warning_and_no_finding(checked: Found, text: str, words: str) -> None:
    Path("my-rules.yaml").write_text(text, encoding="utf-8")
    said = checked("my-rules.yaml", code=0)
    assert words in said
    assert "0 errors, 1 warning." in said


# --- the other files of a base

BASE = [
    pytest.param("figures.yaml", FIGURES.replace("40", "«forty»"), "this is no number", id="a figure in words"),
    pytest.param("figures.yaml", FIGURES.replace("2026-01-01", "«soon»"), "year-month-day", id="a figure of no day"),
    pytest.param(
        "figures.yaml",
        FIGURES.replace("source: plant handbook, ", "").replace("{v", "«{»v"),
        "needs 'source'",
        id="a figure without source",
    ),
    pytest.param(
        "figures.yaml",
        FIGURES.replace("value: 40, ", "").replace("high_pressure:", "«high_pressure»:"),
        "needs a value",
        id="a figure without value",
    ),
    pytest.param(
        "figures.yaml",
        FIGURES.replace("value: 40", "value: {low: 3}, by: «plant.laod»"),
        "not a word of a single entity",
        id="a figure by an unknown word",
    ),
    pytest.param(
        "figures.yaml",
        FIGURES.replace("value: 40", "value: {day: 3, «nigt»: 4}, by: plant.shift"),
        "did you mean night?",
        id="a figure for an unknown word",
    ),
    pytest.param("figures.yaml", "high_pressure: «40»\n", "written with keys", id="a figure that is only a number"),
    pytest.param("decisions.yaml", DECISIONS.replace("of: pump", "of: «pmp»"), "'pmp'", id="a decision of an unknown entity"),
    pytest.param(
        "decisions.yaml",
        DECISIONS.replace("choose: many", "choose: «some»"),
        "one of one, main_and_more, many",
        id="a decision that takes some",
    ),
    pytest.param(
        "decisions.yaml", DECISIONS.replace("[stop, careful, run]", "«[»stop, stop, careful, run]"), "stands twice", id="an option twice"
    ),
    pytest.param(
        "decisions.yaml",
        DECISIONS.replace("main: yes", "main: yes\n      quiets: «[»stp]"),
        "did you mean stop?",
        id="a decision that an unknown option quiets",
    ),
    pytest.param(
        "decisions.yaml", DECISIONS.replace("    service:", "    «shift»:"), "an attribute already", id="a decision named as a fact"
    ),
    pytest.param(
        "decisions.yaml",
        DECISIONS.replace("main: yes", "main: yes\n      «before»: {stop: run, run: stop}"),
        "cannot all stand before each other",
        id="options in a circle",
    ),
    pytest.param(
        "decisions.yaml",
        DECISIONS.replace("main: yes", "main: yes\n      unless: «[»pump: {}]"),
        "not what stands `before` what",
        id="an exception to no order",
    ),
    pytest.param(
        "decisions.yaml",
        DECISIONS.replace("[stop, careful, run]", "«[»stop, unknown, run]"),
        "'unknown' cannot be an option",
        id="unknown for an option",
    ),
    pytest.param(
        "decisions.yaml",
        DECISIONS.replace("main: yes", "main: yes\n      unless:\n        - pump: {fluid: «watr»}"),
        "did you mean water?",
        id="an order unless an unknown value",
    ),
    pytest.param(
        "vocabulary.yaml",
        VOCABULARY.replace("values: [day, night], ", "").replace("shift:", "«shift»:"),
        "values (words) or a range",
        id="a fact without values",
    ),
    pytest.param(
        "vocabulary.yaml",
        VOCABULARY.replace("[day, night]", "[day, day]").replace("shift:", "«shift»:"),
        "a value twice",
        id="a value twice",
    ),
    pytest.param(
        "vocabulary.yaml",
        VOCABULARY.replace("[day, night]", "[day, unknown]").replace("shift:", "«shift»:"),
        "'unknown' cannot be a value",
        id="unknown for a value",
    ),
    pytest.param(
        "vocabulary.yaml",
        VOCABULARY.replace("[0, 100]", "[100, 0]").replace("pressure:", "«pressure»:"),
        "lower bound comes first",
        id="a range the wrong way round",
    ),
    pytest.param("vocabulary.yaml", VOCABULARY.replace("[0, 100]", "[«low», high]"), "this is no number", id="a range in words"),
    pytest.param(
        "vocabulary.yaml", VOCABULARY.replace("stale_after: 30", "stale_after: «soon»"), "whole number", id="stale after no number"
    ),
    pytest.param(
        "vocabulary.yaml", VOCABULARY.replace("stale_after", "«stale_afer»"), "has no 'stale_afer'", id="a misspelt part of a fact"
    ),
    pytest.param(
        "vocabulary.yaml",
        VOCABULARY.replace('ask: "Which shift runs it?", ', "").replace("shift:", "«shift»:"),
        "has no question",
        id="a fact without its question",
    ),
    pytest.param("vocabulary.yaml", VOCABULARY.replace("shift:", "«Shift»:"), "small letters", id="a fact in capitals"),
    pytest.param("vocabulary.yaml", VOCABULARY.replace("shift:", "«note»:"), "word of the file format", id="a fact called note"),
    pytest.param(
        "vocabulary.yaml", VOCABULARY.replace("holds_decisions: yes", "holds_decisions: no"), "exactly one", id="nobody to hold decisions"
    ),
    pytest.param(
        "vocabulary.yaml",
        VOCABULARY.replace("settle: [high, low]", "settle: [high]").replace("load:", "«load»:"),
        "the one that wins first",
        id="a derived fact half in order",
    ),
    pytest.param(
        "vocabulary.yaml",
        VOCABULARY.replace("    valve:", "    «valve»:").replace("many: valves", "many: pumps"),
        "already means something else",
        id="one word for two lists",
    ),
    pytest.param(
        "vocabulary.yaml",
        VOCABULARY.replace("fluid:", "«fluid»:").replace("What does {name} carry?", "What does {pump.name} carry?"),
        "the question for pump.fluid has '{pump.name}'",
        id="a question with a slot that nothing fills",
    ),
    pytest.param(
        "vocabulary.yaml",
        VOCABULARY.replace("    pump:\n", "    «pump»:\n", 1).replace("Which other pumps", "Which other pumps than {name}"),
        "the question for more pumps has '{name}'",
        id="a question for others with a slot",
    ),
    pytest.param("vocabulary.yaml", "plant: «[»", "missing", id="a vocabulary that is no YAML"),
]


@pytest.mark.parametrize(("file", "text", "words"), BASE)
def test_a_base_that_goes_wrong_is_shown_in_its_place(checked: Found, tmp_path: Path, file: str, text: str, words: str) -> None:
    plain, marks = marked(dedent(text))
    made = base(tmp_path, file, plain)
    said = checked(knowledge=made)
    assert words in said
    assert_shown(said, str(made / file), [] if plain == "plant: [" else marks)


CARD = "factor,condition,points\n"
CARDS = [
    pytest.param("", "factor,condition,points", "1:1", id="an empty table"),
    pytest.param("a,b,c\n", "factor,condition,points", "1:1", id="another header"),
    pytest.param(CARD, "has no rows", "1:1", id="a header alone"),
    pytest.param("factor;condition,points\n", "factor,condition,points", "1:1", id="two marks between the cells"),
    pytest.param("factor;condition;points\nheat;plant: {shft: day};3\n", "did you mean shift?", "2:6", id="semicolons are read"),
    pytest.param("\ufeffFactor\tCondition\tPoints\t\nheat\tplant: {shft: day}\t3\t\n", "did you mean shift?", "2:6", id="tabs, too"),
    pytest.param(CARD + "heat,plant: {shift: day},0\n", "is worth nothing", "2:6", id="a row for nothing"),
    pytest.param(CARD + "heat,plant: {shift: day},3\nheat,plant: {shift: day},2\n", "asks the same twice", "3:6", id="the same twice"),
    pytest.param(
        CARD + 'heat,plant: {shift: day},3\nheat,"plant: {shift: [day, night]}",5\n', "never counts", "2:6", id="a row that another covers"
    ),
    pytest.param(
        CARD + 'heat,"any: [{plant: {shift: day}}, {pump: {}}]",5\nheat,"- pump: {}\n- plant: {load: low}",4\n',
        "never counts",
        "3:1",
        id="a row that one of several covers",
    ),
    pytest.param(CARD + "heat,plant: {shift: day},3\nHeat ,plant: {load: low},2\n", "count as two factors", "3:7", id="one in two ways"),
    pytest.param(CARD + "heat,plant: {pressure: [1, 2]},3\n", "quote a cell that holds commas", "2:1", id="commas in a cell"),
    pytest.param(CARD + "heat,plant: {shift: day},many\n", "no number of points", "2:26", id="points in words"),
    pytest.param(CARD + "heat,plant: {shft: day},3\n", "did you mean shift?", "2:6", id="a misspelt fact"),
    pytest.param(CARD + "heat,,3\n", "the condition is empty", "2:1", id="no condition"),
    pytest.param(CARD + ",plant: {shift: day},3\n", "no factor", "2:1", id="no factor"),
    pytest.param(CARD + "heat,plant: {shift: day,3\n", "closing `}`", "2:6", id="a brace that is never closed"),
    pytest.param(
        CARD.replace("\n", "\r") + "heat,plant: {shft: day},3\r", "did you mean shift?", "2:6", id="the line ends of old spreadsheets"
    ),
    pytest.param(
        CARD + 'heat,"- plant: {shift: day}\n- pump: {}",3\nheat,plant: {shft: day},3\n',
        "shift?",
        "4:6",
        id="a row below a cell of two lines",
    ),
    pytest.param(CARD + 'heat,"' + "x" * 200_000 + '",3\n', "no table of cells", "2:1", id="a cell without end"),
]


@pytest.mark.parametrize(("text", "words", "place"), CARDS)
def test_a_scorecard_that_goes_wrong_is_shown_by_line_and_cell(checked: Found, text: str, words: str, place: str) -> None:
    Path("card.csv").write_text(text, encoding="utf-8", newline="")
    said = checked("card.csv")
    assert words in said
    assert f"--> card.csv:{place}\n" in said


# --- locks


def test_locked_rules_new_changed_retired_or_gone_are_found_until_they_are_unlocked(realms, tmp_path: Path) -> None:
    made = base(tmp_path)
    words = ("--reason", "agreed: with 法务 #4", "--by", "A. Reader")

    def write(text: str) -> None:
        (made / "rules" / "locked.yaml").write_text(text, encoding="utf-8")

    def found() -> str:
        result = realms("check", "--knowledge", made)
        assert result.exit_code == ("error[" in result.output), result.output
        return result.output

    locked = rule(more="locked: yes\n")
    for text, said in (
        (locked, "T-10 is locked, but its text was never recorded"),
        (locked.replace("Look at", "Listen to"), "T-10 is locked and differs"),
        (locked.replace("locked: yes", "locked: no"), "T-10 is locked and differs"),
        (locked, "never recorded"),
        (locked + "  status: retired\n", "T-10 is locked and differs"),
        (locked, "never recorded"),
        ("", "T-10 is locked, and it is gone"),
    ):
        write(text)
        assert said in found()
        assert "--unlock T-10" in found()
        assert realms("advise", "none.yaml", "--knowledge", made).exit_code == 2
        result = realms("check", "--knowledge", made, "--unlock", "T-10", *words)
        assert result.exit_code == 0, result.output
        assert "T-10 is recorded" in result.output
        assert "error[" not in found()
    assert (made / "locks.yaml").read_text(encoding="utf-8").count("法务 #4") == 7


def test_a_rule_that_is_locked_and_differs_shows_both_places(checked: Found, tmp_path: Path) -> None:
    made = base(tmp_path, "locks.yaml", f"rules:\n  T-01: {'a' * 64}\n")
    said = checked(knowledge=made)
    assert under(said, f"{made / 'rules' / 'plant.yaml'}:2:7") == "T-01"
    assert under(said, f"{made / 'locks.yaml'}:2:3") == "T-01"


def test_a_typo_beside_locked_rules_is_one_problem_and_not_their_loss(checked: Found, tmp_path: Path) -> None:
    made = base(tmp_path, "locks.yaml", f"rules:\n  T-01: {'a' * 64}\n  T-02: {'a' * 64}\n")
    rules = made / "rules" / "plant.yaml"
    rules.write_text(rules.read_text(encoding="utf-8") + "oops: [\n", encoding="utf-8")
    said = checked(knowledge=made)
    assert said.count("error[") == 1
    assert "plant.yaml" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("rules:\n  T-01: «abc»\n", "never by hand", id="a hash by hand"),
        pytest.param("«-» T-01\n", "written with keys", id="a list"),
        pytest.param(
            "rules: {}\nlog:\n  - «{»on: 2026-01-01, reason: x, rule: T-01, to: gone}\n", "needs 'by'", id="an entry without a name"
        ),
    ],
)
def test_locks_that_go_wrong_are_shown_in_their_place(checked: Found, tmp_path: Path, text: str, words: str) -> None:
    plain, marks = marked(text)
    made = base(tmp_path, "locks.yaml", plain)
    said = checked(knowledge=made)
    assert words in said
    assert_shown(said, str(made / "locks.yaml"), marks)
    assert "never recorded" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("T-10",), "--reason", id="without a reason"),
        pytest.param(("T-10", "--reason", "x"), "--by", id="without a name"),
        pytest.param(("T-99", "--reason", "x", "--by", "y"), "T-99 is no locked rule", id="of no rule"),
        pytest.param(("T-01", "--reason", "x", "--by", "y"), "T-01 is no locked rule", id="of a rule that is not locked"),
        pytest.param(("T-10", "--reason", "x", "--by", "y", "my.yaml"), "without files", id="of a file"),
    ],
)
def test_an_unlocking_that_cannot_be_is_refused_and_writes_nothing(checked: Found, words: tuple[str, ...], said: str) -> None:
    assert said in checked("--unlock", *words, code=2)


# --- cases

CASES = [
    pytest.param(CASE.replace("north-pump", "«North Pump»"), "small words joined by -", id="an id of another form"),
    pytest.param(CASE.replace("lesson", "«leson»"), "did you mean lesson?", id="a misspelt part"),
    pytest.param(CASE.replace("steps:", "«stepps»:"), "did you mean steps?", id="misspelt steps"),
    pytest.param(re.sub(r"steps:\n.*\n", "steps: «[»]\n", CASE), "steps is empty", id="no steps"),
    pytest.param(CASE.replace("on: 2026-01-01", "on: «2026-02-30»"), "no such day", id="a step on no day"),
    pytest.param(CASE.replace("shift: day", "shift: «dya»"), "did you mean day?", id="a misspelt fact of a step"),
    pytest.param(CASE.replace("shift: night", "«shfit»: night"), "did you mean shift?", id="a misspelt fact of a flip"),
    pytest.param(
        CASE.replace("day}}}", "day}}, expect: {decisions: {«rnu»: stop}}}"), "did you mean run?", id="an unknown decision expected"
    ),
    pytest.param(
        CASE.replace("day}}}", "day}}, expect: {decisions: {run: «halt»}}}"),
        "one of stop, careful, run, none",
        id="an unknown option expected",
    ),
    pytest.param(CASE.replace("day}}}", "day}}, expect: {fires: [T-01, «t-02»]}}"), "did you mean T-02?", id="an unknown rule expected"),
    pytest.param(CASE.replace("day}}}", "day}}, expect: {«fire»: [T-01]}}"), "expect has no 'fire'", id="a misspelt expectation"),
    pytest.param(
        CASE.replace("day}}}\n", "day}}}\n  - {on: «2025-01-01», what: Before., facts: {}}\n"),
        "before the one above",
        id="steps out of order",
    ),
]


@pytest.mark.parametrize(("text", "words"), CASES)
def test_a_case_that_goes_wrong_is_shown_in_its_place_with_the_way_out(checked: Found, text: str, words: str) -> None:
    plain, marks = marked(text)
    Path("case.yaml").write_text(plain, encoding="utf-8")
    said = checked("case.yaml")
    assert words in said
    assert_shown(said, "case.yaml", marks)


def test_the_cases_beside_a_base_are_checked_with_it(checked: Found, tmp_path: Path) -> None:
    made = base(tmp_path)
    (tmp_path / "cases").mkdir()
    for name in ("one", "two"):
        (tmp_path / "cases" / f"{name}.yaml").write_text(CASE, encoding="utf-8")
    (tmp_path / "cases" / "empty.yaml").touch()
    (made / "rules" / "more.yaml").write_text(rule(more="cases: {fires: [north-pmp]}\n"), encoding="utf-8")
    said = checked(knowledge=made)
    assert "two cases are called north-pump" in said
    assert "empty.yaml is empty" in said
    assert "did you mean north-pump?" in said
    assert "5 rules and 2 cases: 3 errors" in said


def test_a_file_that_cannot_be_read_is_all_that_is_shown_until_it_can_be(checked: Found, tmp_path: Path) -> None:
    made = base(tmp_path, "rules/more.yaml", rule(name="T-20"))
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "one.yaml").write_text(CASE.replace("day}}}", "day}}, expect: {fires: [T-20, T-99]}}"), encoding="utf-8")
    assert "there is no rule T-99" in checked(knowledge=made)
    (made / "rules" / "more.yaml").write_text(rule(name="T-20").replace("  why", "\twhy"), encoding="utf-8")
    said = checked(knowledge=made)
    assert said.count("error[") == 1
    assert "a tab stands where only spaces may" in said
    assert said.endswith("A file is not read: 1 error. The rest is checked once it is.\n")
    (tmp_path / "cases" / "two.yaml").write_text("id: {", encoding="utf-8")
    said = checked(knowledge=made)
    assert {Path(file).name for file in re.findall(r"--> (.*?):\d", said)} == {"more.yaml", "two.yaml"}
    assert "2 files are not read" in said


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("figures.yaml", FIGURES.replace("40", "forty"), "this is no number"),
        ("figures.yaml", FIGURES.replace("unit: bar, ", ""), "needs 'unit'"),
        ("decisions.yaml", DECISIONS.replace("main: yes", "main: perhaps"), "'perhaps' is not a value of main"),
        ("decisions.yaml", DECISIONS.replace("of: pump", "of: pmp"), "'pmp'"),
        ("vocabulary.yaml", VOCABULARY.replace("settle: [high, low]", "settle: [high]"), "the one that wins first"),
    ],
)
def test_a_word_with_a_mistake_of_its_own_is_not_said_to_be_missing_where_it_is_used(
    checked: Found, tmp_path: Path, file: str, text: str, said: str
) -> None:
    assert said in (found := checked(knowledge=base(tmp_path, file, text)))
    assert "1 error, 0 warnings" in found


@pytest.mark.parametrize(("text", "said"), [(None, "is missing or empty"), ("", "is missing or empty"), ("- 40", "written under its name")])
def test_a_file_that_others_need_and_that_names_nothing_is_all_that_is_shown(
    checked: Found, tmp_path: Path, text: str | None, said: str
) -> None:
    made = base(tmp_path, "figures.yaml", text or "")
    if text is None:
        (made / "figures.yaml").unlink()
    found = checked(knowledge=made)
    assert f"{made / 'figures.yaml'}" in found and said in found
    assert found.count("error[") == 1


@pytest.mark.parametrize(
    ("name", "text", "gone", "help"),
    [
        ("more.yaml", rule(), "", "put it into rules/ as more.yaml"),
        ("figure.yaml", "", "figures.yaml", "did you mean figures.yaml?"),
    ],
)
def test_rules_beside_the_vocabulary_and_a_misnamed_file_of_the_base_stop_every_command(
    checked: Found, realms: Callable[..., Result], tmp_path: Path, name: str, text: str, gone: str, help: str
) -> None:
    made, deal = base(tmp_path, name, text), tmp_path / "deal.yaml"
    deal.write_text("plant: {shift: day}\n", encoding="utf-8")
    if gone:
        (made / gone).unlink()
    found = checked(knowledge=made)
    assert f"{made / name} is not read" in found and help in found
    stopped = realms("advise", deal, "--knowledge", made)
    assert stopped.exit_code == 2 and f"{name} is not read" in stopped.output


@pytest.mark.parametrize(
    ("name", "help"),
    [
        ("notes.yaml", "beside each other stand vocabulary, figures"),
        ("heat.csv", "scorecards stand in scorecards/"),
        ("rules/more.txt", "files in rules/ end in .yaml"),
        ("rules/heat.csv", "files in rules/ end in .yaml"),
        ("rules/old/more.yaml", "put it into rules/ itself"),
        ("rule/more.yaml", "put it into rules/ itself"),
        ("scorecards/heat.yaml", "files in scorecards/ end in .csv"),
    ],
)
def test_what_lies_in_a_base_and_is_not_read_is_a_warning(checked: Found, tmp_path: Path, name: str, help: str) -> None:
    made = base(tmp_path)
    (made / name).parent.mkdir(parents=True, exist_ok=True)
    (made / name).write_text("a: b\n", encoding="utf-8")
    found = checked(knowledge=made, code=0)
    assert f"warning[Y119]: {made / name} is not read" in found and help in found


@pytest.mark.parametrize("name", ["rules/README.md", "rules/.more.yaml.swp", "rules/plant.yaml~", "papers/more.yaml"])
def test_what_may_lie_there_is_not_spoken_of(checked: Found, tmp_path: Path, name: str) -> None:
    made = base(tmp_path)
    (made / name).parent.mkdir(parents=True, exist_ok=True)
    (made / name).write_text("a: b\n", encoding="utf-8")
    assert "all is well" in checked(knowledge=made, code=0)


def test_an_empty_file_and_a_figure_without_all_its_values_are_warnings(checked: Found, tmp_path: Path) -> None:
    by_shift = FIGURES.replace("value: 40", "value: {day: 40}, by: plant.shift")
    made = base(tmp_path, "figures.yaml", by_shift)
    (made / "rules" / "more.yaml").write_text("# to be written\n", encoding="utf-8")
    found = checked(knowledge=made, code=0)
    assert "more.yaml is empty" in found
    assert "no value for plant.shift night" in found


def test_a_decision_that_follows_itself_is_shown_in_its_place(checked: Found, tmp_path: Path) -> None:
    made = base(tmp_path, "decisions.yaml", DECISIONS.replace("main: yes", "main: yes\n      follows: {plant.run: {stop: stop}}"))
    found = checked(knowledge=made)
    assert "plant.run waits for plant.run" in found
    assert f"--> {made / 'decisions.yaml'}:2:1" in found


@pytest.mark.parametrize(
    "name", ["base/rules/more.yml", "base/rules/more.YAML", "base/outlines.yml", "base/scorecards/heat.CSV", "cases/one.yml"]
)
def test_a_file_whose_name_ends_otherwise_than_those_that_are_read_is_named(checked: Found, tmp_path: Path, name: str) -> None:
    made = base(tmp_path)
    assert checked(knowledge=made, code=0)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("anything", encoding="utf-8")
    said = checked(knowledge=made)
    right = Path(name).with_suffix(".csv" if "heat" in name else ".yaml").name
    assert f"{name} is not read" in said and f"name it {right}" in said
    assert said.count("error[") == 1


def test_advice_stops_at_a_rule_file_that_is_not_read_also_after_the_base_was_kept(realms: Callable[..., Result], tmp_path: Path) -> None:
    made, deal = base(tmp_path), tmp_path / "deal.yaml"
    deal.write_text("plant: {shift: day}\n", encoding="utf-8")
    assert realms("advise", deal, "--knowledge", made).exit_code == 0
    (made / "rules" / "more.yml").write_text(rule(), encoding="utf-8")
    stopped = realms("advise", deal, "--knowledge", made)
    assert stopped.exit_code == 2 and "more.yml is not read" in stopped.output


def test_what_a_rule_says_of_a_case_and_is_not_so_is_shown_where_it_says_it(checked: Found, tmp_path: Path) -> None:
    said = "cases: {fires: [north-pump, «north-pump/A»], silent: [«north-pump»]}\n"
    made = base(tmp_path)
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "one.yaml").write_text(CASE, encoding="utf-8")
    day = "- plant: {shift: day}"
    for status, more in (("", said), ("draft", said + "status: draft\n")):
        plain, marks = marked(rule(day, more=more))
        (made / "rules" / "more.yaml").write_text(plain, encoding="utf-8")
        shown = checked(knowledge=made)
        assert "T-10 says that it fires in north-pump/A, and it is silent there" in shown
        assert re.search(r"what it comes of: whynot \S*one.yaml T-10 --flip A\n", shown)
        assert "T-10 says that it is silent in north-pump, and it fires there" in shown, status
        assert_shown(shown, str(made / "rules" / "more.yaml"), marks)
        assert shown.count("error[") == 2
    (made / "rules" / "broken.yaml").write_text(rule("- pump: {fluid: mud}", name="T-11"), encoding="utf-8")
    assert "says that it" not in checked(knowledge=made)


@pytest.mark.parametrize("name", ["rules/plant.yaml", "figures.yaml"])
def test_a_file_that_lies_in_another_rule_base_is_checked_against_that_one(
    realms: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    base(tmp_path)
    monkeypatch.chdir(tmp_path / "base")
    for file in (name, Path("..", "base", name), tmp_path / "base" / name):
        done = realms("check", file)
        assert done.exit_code == 0, done.output
        assert "Checked 1 file against the rule base in .: all is well." in done.output
    (tmp_path / "my.yaml").write_text("plant: {shift: noon}\n", encoding="utf-8")
    assert "'plant' is no part of a dossier" in realms("check", Path("..", "my.yaml")).output
    assert "'plant' is no part of a dossier" in realms("check", name, Path("..", "my.yaml")).output
    monkeypatch.chdir(tmp_path)
    assert "in base: all" in realms("check", Path("base", name)).output


# --- the command


def test_the_shipped_base_its_files_and_its_cases_have_nothing_wrong(realms) -> None:
    shipped = [*(ROOT / "knowledge").rglob("*.yaml"), *(ROOT / "knowledge").rglob("*.csv"), *(ROOT / "cases").glob("*.yaml")]
    for words in ((), shipped):
        result = realms("check", *words)
        assert result.exit_code == 0, result.output
        assert "all is well" in result.output


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        pytest.param("good.yaml", b"plant: {shift: day}\n", 0, id="0 for a good file"),
        pytest.param("wrong.yaml", b"plant: {shift: noon}\n", 1, id="1 for a wrong one"),
        pytest.param("empty.yaml", b"", 1, id="1 for an empty one"),
        pytest.param("yaml.yaml", b"plant: {", 1, id="1 for bad YAML"),
        pytest.param("latin.yaml", b"plant: {note: \xe9}", 1, id="1 for what is not UTF-8"),
        pytest.param("big.yaml", b"#" * 9_000_000, 1, id="1 for one too large"),
        pytest.param("nope.yaml", None, 2, id="2 for one that is not there"),
        pytest.param(".", None, 2, id="2 for a folder"),
        pytest.param(os.devnull, None, 2, id="2 for a device"),
    ],
)
def test_the_exit_code_is(checked: Found, name: str, content: bytes | None, code: int) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    said = checked(name, code=code)
    assert ("all is well" if code == 0 else f"--> {name}") in said


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are made otherwise there")
def test_pipes_and_links_to_nowhere_are_not_waited_for(checked: Found) -> None:
    os.mkfifo("fifo")
    os.symlink("loop", "loop")
    os.symlink("nowhere", "broken")
    assert checked("fifo", "loop", "broken", code=2).count("error[") == 3


def test_a_file_that_cannot_be_opened_does_not_hide_what_is_wrong_in_another(checked: Found) -> None:
    Path("wrong.yaml").write_text("plant: {shift: noon}\n", encoding="utf-8")
    said = checked("nope.yaml", "wrong.yaml", code=2)
    assert "there is no file nope.yaml" in said
    assert "one of day, night" in said
    assert "Checked 2 files: 2 errors" in said


def test_a_file_named_twice_is_checked_once(checked: Found) -> None:
    Path("my-rules.yaml").write_text(rule(), encoding="utf-8")
    assert "error" not in checked("my-rules.yaml", "my-rules.yaml", code=0)


@pytest.mark.parametrize("file", ["vocabulary.yaml", "rules/plant.yaml"])
def test_a_file_of_the_base_that_cannot_be_opened_makes_the_exit_code_2(checked: Found, tmp_path: Path, file: str) -> None:
    made = base(tmp_path)
    (made / file).unlink()
    (made / file).mkdir()
    assert f"{made / file} is a folder" in checked(knowledge=made, code=2)


@pytest.mark.parametrize(
    ("path", "words"),
    [("nope", "there is no folder nope"), ("file", "is a file, not a folder"), ("empty", "vocabulary.yaml")],
    ids=["not there", "a file", "empty"],
)
def test_a_folder_that_is_no_base_is_refused(checked: Found, path: str, words: str) -> None:
    Path("file").touch()
    Path("empty").mkdir()
    assert words in checked(knowledge=Path(path), code=2)


def test_the_problems_as_json_have_code_message_places_and_help(checked: Found) -> None:
    Path("wrong.yaml").write_text("pumps: [{name: 泵}, {name: 泵}]\nplant: {shift: noon}\n", encoding="utf-8")
    twice, noon = json.loads(checked("wrong.yaml", "--format", "json"))
    assert noon == {
        "severity": "error",
        "code": "V103",
        "message": "'noon' is not a value of plant.shift",
        "places": [{"file": "wrong.yaml", "line": 2, "column": 16}],
        "help": "one of day, night",
    }
    assert [(p["line"], p["column"]) for p in twice["places"]] == [(1, 27), (1, 16)]
    Path("good.yaml").write_text("plant: {}\n", encoding="utf-8")
    assert json.loads(checked("good.yaml", "--format", "json", code=0)) == []


def test_the_problems_for_a_code_host_are_one_line_each(checked: Found) -> None:
    Path("wrong.yaml").write_text('plant: {shift: "50% at noon", pressure: much}\n', encoding="utf-8")
    lines = checked("wrong.yaml", "--format", "github").splitlines()
    assert lines == [
        "::error file=wrong.yaml,line=1,col=16,title=V103::'50%25 at noon' is not a value of plant.shift; one of day, night",
        "::error file=wrong.yaml,line=1,col=41,title=V117::'much' is no number for plant.pressure; a number from 0 to 100 (bar)",
    ]


# --- anything at all

GOOD = {
    "rules/plant.yaml": dedent(RULES),
    "figures.yaml": dedent(FIGURES),
    "decisions.yaml": dedent(DECISIONS),
    "vocabulary.yaml": dedent(VOCABULARY),
    "scorecards/heat.csv": CARD + 'heat,plant: {shift: day},3\nheat,"- plant: {load: high}\n- pump: {}",4.5\n',
    "locks.yaml": f"rules:\n  T-01: {'a' * 64}\nlog:\n  - {{on: 2026-01-01, by: x, reason: y, rule: T-01, to: gone}}\n",
}
PIECES = [
    *(
        "",
        "\n",
        "\n  ",
        "\n  - ",
        ": ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        '"',
        " # ",
        "&a ",
        "\t",
        "\0",
        ".",
        "{}",
        "[]",
        "plant",
        "pump",
        "unknown",
    ),
    *(
        "any",
        "every",
        "no",
        "count",
        "as: ",
        "is: ",
        "not: ",
        "figures.",
        "-1",
        "99999999",
        "always",
        "yes",
        "none",
        "veto",
        "2026-01-01",
        "教",
    ),
]


@settings(derandomize=True, max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=st.sampled_from(sorted(GOOD)), at=st.floats(0, 1), cut=st.integers(0, 12), piece=st.sampled_from(PIECES))
def test_however_a_base_is_garbled_it_is_checked(realms, tmp_path: Path, file: str, at: float, cut: int, piece: str) -> None:
    good = GOOD[file]
    start = int(at * len(good))
    made = base(tmp_path, file, "")
    (made / file).write_text(good[:start] + piece + good[start + cut :], encoding="utf-8", newline="")
    result = realms("check", "--knowledge", made)
    (made / file).unlink()
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == ("error[" in result.output), result.output


def test_a_line_that_means_contact_and_does_not_need_leave_for_it_is_warned_of(realms: Callable[..., Result], tmp_path: Path) -> None:
    rule = (
        "- id: X-01\n  title: Learn who signs\n  why: A name is needed.\n  when: always\n  then:\n"
        '    - advise: "Ask the sponsor for the name of whoever signs."\nNEEDS'
        "  source: ours\n  owner: me\n  since: 2026-11-24\n"
    )
    path = tmp_path / "rules.yaml"
    path.write_text(rule.replace("NEEDS", ""), encoding="utf-8")
    bare = realms("check", path)
    assert bare.exit_code == 0
    assert "W503" in bare.output
    path.write_text(rule.replace("NEEDS", "      needs: {deal.contact_open: yes}\n"), encoding="utf-8")
    assert "all is well" in realms("check", path).output


def test_a_rule_that_anybody_may_change_does_not_overrule_a_locked_one_unseen(realms: Callable[..., Result], tmp_path: Path) -> None:
    rule = (
        "- id: X-01\n  title: Talk all the same\n  why: Nobody minds.\n  when: always\n  then:\n"
        "    - STRENGTH: {deal.contact_open: yes}\n  source: ours\n  owner: me\n  since: 2026-11-24\n"
    )
    path = tmp_path / "rules.yaml"
    path.write_text(rule.replace("STRENGTH", "must"), encoding="utf-8")
    said = realms("check", path)
    assert said.exit_code == 0
    assert "W506" in said.output and "DRV-20, which is locked" in said.output and "knowledge/rules/derived.yaml" in said.output
    path.write_text(rule.replace("STRENGTH", "default"), encoding="utf-8")
    assert "all is well" in realms("check", path).output


def test_a_rule_left_out_for_its_mistakes_is_not_called_unknown_in_the_cases_that_name_it(
    realms: Callable[..., Result], tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge")
    shutil.copytree(ROOT / "cases", tmp_path / "cases")
    rules = tmp_path / "knowledge" / "rules" / "plan.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("within: 2", "within: soon", 1), encoding="utf-8")
    found = json.loads(realms("check", "--knowledge", tmp_path / "knowledge", "--format", "json").stdout)
    assert [problem["code"] for problem in found] == ["R324"]
