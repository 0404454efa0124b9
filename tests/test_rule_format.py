"""The rule format as RULES.md has it: every kind of condition, `unless`, every effect, texts, and what is a mistake."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import pytest
from conftest import ON, ROOT
from toy import DECISIONS, FIGURES, VOCABULARY, toy_base

from engine import pages
from engine.advising import Consultation, consult
from engine.checking import check_files
from engine.habits import habits
from engine.reading.dossiers import read_dossier
from engine.reading.knowledge import Base, read_base
from engine.rules import Knowledge
from engine.unlocking import unlock

TEMP = TemporaryDirectory()
LEAD = "deal: {stage: lead}"
YES = '[advise: "Yes."]'


def rule(id: str, when: str, then: str, unless: str = "", **more: str) -> str:
    """Return a rule with what every rule needs around its conditions and effects."""
    text = f"- id: {id}\n  title: Title of {id}\n  why: Because.\n  when: {when}\n  then: {then}\n"
    for key, value in {"unless": unless, **more}.items():
        text += f"  {key}: {value}\n" if value else ""
    return text + "  source: a book\n  owner: somebody\n  since: 2026-01-01\n"


def shipped(*rules: str) -> Base:
    """Return the shipped words, decisions, figures, route and scorecards with other rules and no locks."""
    folder = Path(mkdtemp(dir=TEMP.name)) / "knowledge"
    shutil.copytree(ROOT / "knowledge", folder, ignore=shutil.ignore_patterns("rules", "locks.yaml", "outlines.yaml", "__pycache__"))
    (folder / "rules").mkdir()
    (folder / "rules" / "rules.yaml").write_text("".join(rules), encoding="utf-8")
    return read_base(folder)


@cache
def base(*rules: str) -> Base:
    """Return the shipped base with other rules, the locked ones recorded."""
    found = shipped(*rules)
    locked = [r.id for r in found.knowledge.rules if r.locked] if found.knowledge else []
    if locked and all("locked" in p.message for p in found.problems):
        unlock(found, locked, "written in a test", "the test", ON)
        found = read_base(found.folder)
    return found


def mistakes(*rules: str) -> list[str]:
    """Return what is wrong with a file of rules, in words."""
    path = Path(mkdtemp(dir=TEMP.name)) / "rules.yaml"
    path.write_text("".join(rules), encoding="utf-8")
    return [problem.message for problem in check_files([path], base()).problems if problem.severity == "error"]


def worked_out(knowledge: Knowledge, facts: str, on: date = ON) -> Consultation:
    path = Path(mkdtemp(dir=TEMP.name)) / "facts.yaml"
    path.write_text(facts, encoding="utf-8")
    return consult(knowledge, read_dossier(path, knowledge.vocabulary), on)


def consulted(rules: Iterable[str], facts: str = LEAD, on: date = ON) -> Consultation:
    return worked_out(base(*rules).usable(), facts, on)


def advised(rules: Iterable[str], facts: str = LEAD, on: date = ON) -> dict[str, Any]:
    return consulted(rules, facts, on).as_json()


@cache
def toy(rules: str, figures: str = FIGURES, vocabulary: str = VOCABULARY, decisions: str = DECISIONS) -> Knowledge:
    """Return the toy base about pumps, valves and seals with other rules."""
    return read_base(toy_base(Path(mkdtemp(dir=TEMP.name)), rules, vocabulary, decisions, figures)).usable()


def lines(advice: dict[str, Any]) -> list[str]:
    return sorted(line["text"] for line in advice["advice"])


def said(when: str, facts: str = LEAD, text: str = "Yes.", unless: str = "") -> list[str]:
    """Return what a rule with these conditions says."""
    return lines(advised([rule("R-01", when, f'[advise: "{text}"]', unless)], facts))


def fires(when: str, facts: str = LEAD, unless: str = "") -> bool:
    return said(when, facts, unless=unless) != []


def asked(advice: dict[str, Any]) -> list[str]:
    return [question["fact"] for question in advice["questions"]]


def asks(when: str, facts: str = LEAD, unless: str = "") -> list[str]:
    """Return the facts that are asked for a rule with these conditions, which only says something."""
    return asked(advised([rule("R-01", when, '[advise: "Yes."]', unless)], facts))


def screen(blocks: Iterable[pages.Block]) -> str:
    return "\n".join(str(block) for block in blocks)


# --- conditions: one attribute


def test_always_holds() -> None:
    assert fires("always")


@pytest.mark.parametrize(
    ("test", "known", "holds"),
    [
        ("stage: lead", "stage: lead", True),
        ("stage: lead", "stage: research", False),
        ("stage: lead", "access: open", False),
        ("stage: [lead, research]", "stage: research", True),
        ("stage: [lead, research]", "stage: proposal", False),
        ("stage: [lead, research]", "access: open", False),
        ("wired_flags: 3", "wired_flags: 3", True),
        ("wired_flags: [2, 3]", "wired_flags: 2", True),
        ("wired_flags: [2, 3]", "wired_flags: 4", False),
    ],
)
def test_a_value_or_a_list_of_values_holds_where_the_attribute_is_known_to_be_one_of_them(test: str, known: str, holds: bool) -> None:
    assert fires(f"[deal: {{{test}}}]", f"deal: {{{known}}}") is holds


@pytest.mark.parametrize(
    ("test", "known", "holds"),
    [
        ("{not: prepaid}", "payment_terms: milestone", True),
        ("{not: prepaid}", "payment_terms: prepaid", False),
        ("{not: prepaid}", "stage: lead", False),
        ("{not: [prepaid, milestone]}", "payment_terms: long_credit", True),
        ("{not: [prepaid, milestone]}", "payment_terms: milestone", False),
        ("{not: [prepaid, milestone]}", "stage: lead", False),
    ],
)
def test_not_holds_where_the_attribute_is_known_and_none_of_the_values(test: str, known: str, holds: bool) -> None:
    assert fires(f"[deal: {{payment_terms: {test}}}]", f"deal: {{{known}}}") is holds


@pytest.mark.parametrize(
    ("bounds", "inside", "outside"),
    [
        ("at_least: 70", [70, 71], [69]),
        ("at_most: 70", [70, 69], [71]),
        ("above: 70", [71, 70.5], [70, 69]),
        ("below: 70", [69, 69.5], [70, 71]),
        ("between: [70, 80]", [70, 75, 80], [69, 81]),
        ("at_least: 70, below: 85", [70, 84], [69, 85]),
        ("above: 70, at_most: 85", [71, 85], [70, 86]),
    ],
)
def test_number_bounds_hold_as_their_words_say(bounds: str, inside: list[float], outside: list[float]) -> None:
    for number in (*inside, *outside):
        facts = f"needs: [{{name: main, fit_pct: {number}}}]"
        assert fires(f"[need: {{fit_pct: {{{bounds}}}}}]", facts) is (number in inside), number


def test_a_number_that_is_not_known_is_in_no_bounds() -> None:
    assert not fires("[need: {fit_pct: {at_least: 0}}]", "needs: [{name: main}]")


@pytest.mark.parametrize(
    ("test", "facts", "holds"),
    [
        ("unknown", LEAD, True),
        ("unknown", "deal: {criteria_state: none}", False),
        ("known", "deal: {criteria_state: none}", True),
        ("known", LEAD, False),
        ("[unknown, none]", LEAD, True),
        ("[unknown, none]", "deal: {criteria_state: none}", True),
        ("[unknown, none]", "deal: {criteria_state: verbal}", False),
        ("unknown", "deal: {criteria_state: {value: none, on: 2026-01-01}}", True),
        ("known", "deal: {criteria_state: {value: none, on: 2026-01-01}}", False),
        ("known", "deal: {criteria_state: {value: none, on: 2026-11-30}}", True),
    ],
)
def test_unknown_and_known_ask_whether_something_is_recorded_and_not_expired(test: str, facts: str, holds: bool) -> None:
    assert fires(f"[deal: {{criteria_state: {test}}}]", facts) is holds


@pytest.mark.parametrize(
    ("facts", "holds"),
    [
        ("effort: {hours_needed: 50}\nconsultant: {hours_free: 40}", True),
        ("effort: {hours_needed: 40}\nconsultant: {hours_free: 40}", False),
        ("effort: {hours_needed: 50}", False),
        ("consultant: {hours_free: 40}", False),
    ],
)
def test_a_bound_may_be_another_attribute_and_is_unknown_while_that_is_unknown(facts: str, holds: bool) -> None:
    assert fires("[effort: {hours_needed: {above: consultant.hours_free}}]", facts) is holds


@pytest.mark.parametrize(("mine", "theirs", "same"), [("known", "known", True), ("known", "favored", False), ("known", "", False)])
def test_a_value_may_be_another_attribute(mine: str, theirs: str, same: bool) -> None:
    facts = f"customer: {{position: {mine}}}\ncompetitors: [{{name: a{', standing: ' + theirs if theirs else ''}}}]"
    assert fires("[competitor: {standing: customer.position}]", facts) is same
    assert fires("[competitor: {standing: {not: customer.position}}]", facts) is (bool(theirs) and not same)


def test_a_figure_stands_for_its_number() -> None:
    assert fires("[need: {fit_pct: {at_least: figures.fit_floor}}]", "needs: [{name: main, fit_pct: 70}]")
    assert not fires("[need: {fit_pct: {at_least: figures.fit_floor}}]", "needs: [{name: main, fit_pct: 69}]")


@pytest.mark.parametrize(("value", "holds"), [("value_k: 200", True), ("value_k: 5000", False), ("stage: lead", False)])
def test_a_figure_by_an_attribute_is_looked_up_with_its_value_and_unknown_without(value: str, holds: bool) -> None:
    rules = [
        rule("R-01", "[deal: {last_buyer_action_days: {above: figures.silence_days}}]", '[advise: "Silent."]'),
        rule("R-02", "[deal: {value_k: {at_most: 300}}]", "[default: {deal.size_band: small}]"),
        rule("R-03", "[deal: {value_k: {above: 300}}]", "[default: {deal.size_band: large}]"),
    ]
    advice = advised(rules, f"deal: {{last_buyer_action_days: 20, {value}}}")
    assert lines(advice) == (["Silent."] if holds else [])


def test_an_unknown_test_is_neither_true_nor_false_and_raises_its_question() -> None:
    assert asks("[deal: {access: open}]") == ["deal.access"]
    assert not fires("[deal: {access: open}]") and not fires("[deal: {access: {not: open}}]")


# --- conditions: rows and their names


@pytest.mark.parametrize(("needs", "texts"), [("[]", []), ("[{name: a}]", ["See a."]), ("[{name: b}, {name: a}]", ["See a and b."])])
def test_a_rule_fires_once_for_each_row(needs: str, texts: list[str]) -> None:
    assert said("[need: {}]", f"deal: {{stage: lead}}\nneeds: {needs}", "See {need.name}.") == texts


def test_an_entity_that_has_one_row_has_it_even_where_the_dossier_says_nothing_of_it() -> None:
    for entity in ("customer", "us", "consultant", "effort"):
        assert fires(f"[{entity}: {{}}]")
    assert fires("[deal: {}]", "us: {partner: none}")
    assert fires("[us: {partner: unknown}]")


def test_as_names_the_row_and_without_it_the_word_of_the_entity_does() -> None:
    facts = "competitors: [{name: acme, kind: niche}]"
    assert said("[competitor: {as: rival, kind: niche}]", facts, "Watch {rival.name}.") == ["Watch acme."]
    assert said("[competitor: {kind: niche}]", facts, "Watch {competitor.name}.") == ["Watch acme."]
    assert mistakes(rule("R-01", "[competitor: {as: rival}]", '[advise: "Watch {competitor.name}."]'))


def test_a_rule_names_twenty_rows_at_most() -> None:
    rivals = [f"competitor: {{as: r{n}, kind: niche}}" for n in range(21)]
    assert mistakes(rule("R-01", f"[{', '.join(rivals)}]", YES)) == ["the rule names more than 20 rows"]
    assert fires(f"[{', '.join(rivals[:20])}, deal: {{}}]", "competitors: [{name: acme, kind: niche}]")


def test_the_same_name_again_is_the_same_row() -> None:
    when = "[need: {pain: latent}, need: {clarity: vague}]"
    assert not fires(when, "needs: [{name: a, pain: latent}, {name: b, clarity: vague}]")
    assert fires(when, "needs: [{name: a, pain: latent, clarity: vague}]")
    when = "[need: {}, any: [us: {product_fit: weak}, need: {fit_pct: {below: 70}}]]"
    assert said(when, "needs: [{name: a, fit_pct: 50}, {name: b, fit_pct: 90}]", "See {need.name}.") == ["See a."]


def test_two_names_may_be_one_row_unless_the_rule_says_otherwise() -> None:
    facts = "needs: [{name: x}, {name: y}]"
    text = "{a.name} then {b.name}: {a.topic}."
    two = "needs: [{name: x, topic: erp}, {name: y, topic: bi}]"
    assert said("[need: {as: a}, need: {as: b}]", two, text) == ["x then x and y: erp.", "y then x and y: bi."]
    assert said("[need: {as: a}, need: {as: b, name: {not: a.name}}]", two, text) == ["x then y: erp.", "y then x: bi."]
    assert not fires("[need: {as: a}, need: {as: b, name: {not: a.name}}]", "needs: [{name: x}]")
    assert fires("[need: {as: a}, need: {as: b, name: {not: a.name}}]", facts)


@pytest.mark.parametrize(
    ("test", "names"),
    [("name: dean", ["dean"]), ("name: [dean, it]", ["dean and it"]), ("name: {not: dean}", ["it and lab"]), ("name: x", [])],
)
def test_a_name_is_tested_like_any_word(test: str, names: list[str]) -> None:
    facts = "stakeholders: [{name: dean}, {name: it}, {name: lab}]"
    assert said(f"[stakeholder: {{{test}}}]", facts, "{stakeholder.name}") == names


PUMPS = "pumps: [{name: p1, fluid: acid}, {name: p2, fluid: oil}]\nvalves: [{name: v1, tolerates: acid}, {name: v2, tolerates: water}]\n"


def test_two_lists_are_joined_on_an_attribute() -> None:
    knowledge = toy(rule("R-01", "[pump: {}, valve: {tolerates: pump.fluid}]", '[must: "{pump.name} with {valve.name}: {pump.fluid}."]'))
    assert lines(worked_out(knowledge, PUMPS).as_json()) == ["p1 with v1: acid."]
    more = PUMPS.replace("{name: v2, tolerates: water}", "{name: v2, tolerates: oil}, {name: v3, tolerates: acid}, {name: v4}")
    assert lines(worked_out(knowledge, more).as_json()) == ["p1 with v1 and v3: acid.", "p2 with v2: oil."]
    assert lines(worked_out(knowledge, "pumps: [{name: p1, fluid: acid}]\n").as_json()) == []


def test_the_order_of_when_plays_no_part() -> None:
    conditions = [
        "any: [{plant: {shift: night}}, {pump: {fluid: acid}}]",
        "valve: {tolerates: pump.fluid}",
        "no: {seal: {tolerates: pump.fluid}}",
        "plant: {pressure: {above: n}}",
        "count: {pump: {}, as: n}",
        "pump: {}",
    ]
    facts = PUMPS + "plant: {pressure: 3}\nseals: [{name: s1, tolerates: oil}]\npumps_complete: yes\nseals_complete: yes\n"
    found = set()
    for number, order in enumerate(permutations(conditions)):
        if number % 24 == 0:
            knowledge = toy(rule("R-01", f"[{', '.join(order)}]", '[must: "{pump.name} with {valve.name}, of {n}."]'))
            found.update(lines(worked_out(knowledge, facts).as_json()) or [""])
    assert found == {"p1 with v1, of 2."}


# --- conditions: no, every, count


@pytest.mark.parametrize(
    ("people", "holds"),
    [("[]", True), ("[{name: a, role: user}]", True), ("[{name: a}]", True), ("[{name: a}, {name: b, role: coach}]", False)],
)
def test_no_holds_where_no_row_is_known_to_pass(people: str, holds: bool) -> None:
    assert fires("[no: {stakeholder: {role: coach}}]", f"us: {{}}\nstakeholders: {people}") is holds


def test_no_of_an_entity_with_one_row_holds_while_one_of_its_tests_is_not_known() -> None:
    when = "[no: {deal: {public_procurement: yes, doc_issued: yes}}]"
    assert fires(when, "deal: {public_procurement: yes}")
    assert not fires(when, "deal: {public_procurement: yes, doc_issued: yes}")


@pytest.mark.parametrize(
    ("people", "holds"),
    [
        ("[]", False),
        ("[{name: a, role: user, mode: growth}]", False),
        ("[{name: a, role: economic, mode: even_keel}]", True),
        ("[{name: a, role: economic, mode: even_keel}, {name: b, role: economic, mode: growth}]", False),
        ("[{name: a, role: economic, mode: even_keel}, {name: b, role: economic}]", False),
        ("[{name: a, role: economic, mode: even_keel}, {name: b, mode: growth}]", True),
        ("[{name: a, mode: even_keel}]", False),
    ],
)
def test_every_holds_where_a_row_is_known_to_be_meant_and_each_such_row_is_known_to_pass(people: str, holds: bool) -> None:
    when = "[every: {stakeholder: {role: economic}, is: {mode: [even_keel, overconfident]}}]"
    assert fires(when, f"us: {{}}\nstakeholders: {people}") is holds


def test_every_row_is_meant_where_nothing_is_asked() -> None:
    when = "[every: {need: {}, is: {pain: [none, latent]}}]"
    assert fires(when, "needs: [{name: a, pain: none}, {name: b, pain: latent}]")
    assert not fires(when, "needs: [{name: a, pain: none}, {name: b}]")
    assert not fires(when)


@pytest.mark.parametrize(
    ("bound", "numbers"),
    [
        ("at_least: 2", {2, 3}),
        ("at_most: 1", {0, 1}),
        ("above: 2", {3}),
        ("below: 1", {0}),
        ("between: [1, 2]", {1, 2}),
        ("at_least: 1, below: 3", {1, 2}),
    ],
)
def test_count_takes_every_number_operator(bound: str, numbers: set[int]) -> None:
    for number in range(4):
        rows = [f"{{name: c{i}, kind: niche}}" for i in range(number)] + ["{name: x}", "{name: y, kind: do_nothing}"]
        assert fires(f"[count: {{competitor: {{kind: niche}}, {bound}}}]", f"competitors: [{', '.join(rows)}]") is (number in numbers)


def test_a_count_gives_its_number_to_texts_and_without_a_bound_only_counts() -> None:
    for people, text in (("[]", "0 met"), ("[{name: a, contact: met}, {name: b}, {name: c, contact: met}]", "2 met")):
        facts = f"us: {{}}\nstakeholders: {people}\nstakeholders_complete: yes"
        assert said("[count: {stakeholder: {contact: met}, as: n}]", facts, "{n} met") == [text]


def test_a_count_is_bounded_by_a_figure_or_by_another_count_and_bounds_an_attribute() -> None:
    needs = "needs: [{name: a, pain: latent}, {name: b, pain: latent}, {name: c, pain: admitted, integrations: 3}]\nneeds_complete: yes"
    assert fires("[count: {need: {}, at_least: figures.repeated_need}]", needs)
    assert not fires("[count: {need: {}, above: figures.repeated_need}]", needs)
    latent, admitted = "count: {need: {pain: latent}, as: n}", "count: {need: {pain: admitted}, %s: n}"
    assert fires(f"[{admitted % 'below'}, {latent}]", needs) and not fires(f"[{latent}, {admitted % 'at_least'}]", needs)
    assert said(f"[need: {{integrations: {{above: n}}}}, {latent}]", needs, "{need.name} has more than {n}.") == ["c has more than 2."]
    assert not fires("[need: {integrations: {above: n}}, count: {need: {}, as: n}]", needs)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_count_whose_tests_read_another_count_gives_the_number_it_counted(order: tuple[int, int]) -> None:
    counts = ["count: {need: {}, as: n}", "count: {need: {integrations: {at_least: n}}, as: m, at_least: 1}"]
    facts = "needs: [{name: a, integrations: 5}, {name: b, integrations: 1}]\nneeds_complete: yes"
    assert said(f"[{counts[order[0]]}, {counts[order[1]]}]", facts, "{m} of {n}") == ["1 of 2"]


@pytest.mark.parametrize(("first", "second"), [("n", "n"), ("m", "n")])
def test_counts_that_wait_for_each_other_are_a_mistake(first: str, second: str) -> None:
    counts = {f"count: {{need: {{integrations: {{above: {b}}}}}, as: {a}}}" for a, b in ((first, second), (second, first))}
    assert mistakes(rule("R-01", f"[{', '.join(sorted(counts))}]", YES))


def test_in_no_every_and_count_the_entity_means_all_its_rows_afresh() -> None:
    facts = "needs: [{name: a, pain: latent, topic: erp}, {name: b, pain: admitted, topic: bi}]\nneeds_complete: yes"
    assert said("[need: {}, no: {need: {pain: quantified}}]", facts, "{need.name}") == ["a and b"]
    assert said("[need: {}, no: {need: {pain: admitted}}]", facts, "{need.name}") == []
    assert said("[need: {pain: latent}, count: {need: {}, as: n}]", facts, "{need.name}, {n}") == ["a, 2"]
    assert said("[need: {pain: latent}, every: {need: {}, is: {pain: latent}}]", facts, "{need.name}") == []


def test_inside_no_every_and_count_a_name_as_a_value_is_the_row_bound_outside() -> None:
    facts = "needs: [{name: a, topic: erp}, {name: b, topic: erp}, {name: c, topic: bi}]\nneeds_complete: yes"
    other = "{need: {topic: need.topic, name: {not: need.name}}}"
    assert said(f"[need: {{}}, no: {other}]", facts, "{need.name} is alone") == ["c is alone"]
    assert said("[need: {}, count: {need: {topic: need.topic}, as: n}]", facts, "{need.name}, {n}") == ["a and b, 2", "c, 1"]
    assert said("[need: {}, every: {need: {}, is: {topic: {not: need.topic}}}]", facts, "{need.name}") == []
    assert said("[need: {}, every: {need: {name: {not: need.name}}, is: {topic: {not: need.topic}}}]", facts, "{need.name}") == ["c"]


def test_the_fresh_row_is_named_by_its_own_as_only() -> None:
    facts = "needs: [{name: a, fit_pct: 90, integrations: 5}, {name: b, fit_pct: 3, integrations: 5}]"
    assert said("[no: {need: {as: each, fit_pct: {below: each.integrations}}}]", facts) == []
    assert said("[count: {need: {as: each, fit_pct: {above: each.integrations}}, as: n}]", facts + "\nneeds_complete: yes", "{n}") == ["1"]
    assert not fires("[every: {need: {as: each}, is: {fit_pct: {above: each.integrations}}}]", facts)
    assert mistakes(rule("R-01", "[no: {need: {fit_pct: {below: need.integrations}}}]", '[advise: "Yes."]'))
    assert mistakes(rule("R-01", "[no: {need: {as: each}}]", '[advise: "See {each.name}."]'))


# --- conditions: any


@pytest.mark.parametrize(
    ("facts", "holds"),
    [
        ("deal: {joint_bid: forbidden}", True),
        ("us: {partner: none}", True),
        ("deal: {joint_bid: allowed}\nus: {partner: willing}", False),
        ("deal: {joint_bid: allowed}", False),
        ("deal: {joint_bid: forbidden}\nus: {partner: willing}", True),
    ],
)
def test_any_holds_where_one_condition_holds(facts: str, holds: bool) -> None:
    assert fires("[any: [{deal: {joint_bid: forbidden}}, {us: {partner: none}}]]", facts) is holds


def test_a_list_inside_any_means_all_of_that_list() -> None:
    when = "[any: [[deal: {access: open}, us: {partner: none}], deal: {stage: research}]]"
    assert fires(when, "deal: {access: open}\nus: {partner: none}")
    assert not fires(when, "deal: {access: open}")
    assert fires(when, "deal: {stage: research}")


def test_any_stands_inside_any() -> None:
    when = "[any: [[any: [deal: {access: open}, deal: {access: limited}], us: {partner: none}], deal: {stage: research}]]"
    assert fires(when, "deal: {access: limited}\nus: {partner: none}")
    assert not fires(when, "deal: {access: portal_only}\nus: {partner: none}")


def test_names_made_inside_any_stay_inside_it() -> None:
    when = "[any: [[need: {as: x, pain: latent}, need: {as: y, topic: x.topic, clarity: vague}], deal: {stage: research}]]"
    assert fires(when, "needs: [{name: a, pain: latent, topic: erp}, {name: b, clarity: vague, topic: erp}]")
    assert not fires(when, "needs: [{name: a, pain: latent, topic: erp}, {name: b, clarity: vague, topic: bi}]")
    assert said("[any: [need: {as: x}, deal: {stage: research}]]", "needs: [{name: a}, {name: b}]", "Once.") == ["Once."]
    assert mistakes(rule("R-01", "[any: [need: {as: x}, deal: {stage: lead}]]", '[advise: "See {x.name}."]'))
    assert mistakes(rule("R-01", "[any: [count: {need: {}, as: n}, deal: {stage: lead}]]", '[advise: "{n}"]'))


def test_a_row_named_beside_any_is_the_same_row_inside_it() -> None:
    when = "[any: [need: {pain: latent}, need: {pain: none}], need: {}]"
    assert said(when, "needs: [{name: a, pain: latent}, {name: b, pain: admitted}, {name: c}]", "{need.name}") == ["a"]


# --- conditions: what rules have settled


def test_derived_facts_and_decisions_are_read_like_attributes_once_settled() -> None:
    rules = [
        rule("R-01", "[need: {content_start: product, pain: latent}]", '[advise: "Too early for {need.name}."]'),
        rule("R-02", "[need: {clarity: fully_specified}]", "[default: {need.content_start: product}]"),
        rule("R-03", "[deal: {strategy: flanking, size_band: small}]", '[advise: "Small and beside."]'),
        rule("R-04", "always", "[default: {deal.strategy: flanking}, default: {deal.size_band: small}]"),
        rule("R-05", "[deal: {content_start: product}]", '[advise: "The deal starts from the product."]'),
    ]
    facts = "needs: [{name: a, clarity: fully_specified, pain: latent}, {name: b, pain: latent}]"
    assert lines(advised(rules, facts)) == ["Small and beside.", "The deal starts from the product.", "Too early for a."]


@pytest.mark.parametrize(
    ("test", "holds"),
    [
        ("support: finance", True),
        ("support: [partner, legal]", True),
        ("support: partner", False),
        ("support: {not: legal}", False),
        ("support: {not: partner}", True),
        ("support: known", True),
        ("positioning: value_selection", True),
        ("positioning: success_assurance", True),
        ("positioning: {not: success_assurance}", False),
        ("architecture: {not: data}", False),
        ("architecture: unknown", True),
    ],
)
def test_a_decision_that_takes_many_is_read_as_a_set(test: str, holds: bool) -> None:
    votes = ("default: {deal.support: legal}", "default: {deal.support: finance}", "default: {deal.positioning: success_assurance}")
    rules = [
        rule("R-01", "always", f"[{', '.join(votes)}, advise: {{deal.positioning: value_selection}}]"),
        rule("R-02", f"[deal: {{{test}}}]", '[advise: "Yes."]'),
    ]
    assert lines(advised(rules)) == (["Yes."] if holds else [])


def test_a_decision_that_takes_many_is_a_set_also_where_it_is_compared_with() -> None:
    rules = [
        rule("R-01", "always", "[default: {deal.support: legal}, default: {deal.support: finance}]"),
        rule("R-02", "[stakeholder: {function: deal.support}]", '[advise: "Ask {stakeholder.name}."]'),
    ]
    assert lines(advised(rules, "stakeholders: [{name: head, function: finance}]")) == ["Ask head."]


VOTES = {"law": "locked", "veto": "", "must": "", "default": "", "fallback": ""}


@pytest.mark.parametrize("strength", ["law", "veto", "must", "default"])
def test_settled_by_holds_where_the_choice_was_carried_by_that_strength(strength: str) -> None:
    rules = [
        rule("R-01", "always", f"[{strength}: {{deal.qualification: decline}}]", locked="yes" if strength == "law" else ""),
        rule("R-02", "always", "[fallback: {deal.qualification: pursue}]"),
        *(rule(f"R-1{i}", f"[settled: {{deal.qualification: {{by: {by}}}}}]", f'[advise: "{by}"]') for i, by in enumerate(VOTES)),
        rule("R-20", "[settled: {deal.qualification: {by: [veto, must]}}]", '[advise: "one of two"]'),
        rule("R-21", "[settled: deal.qualification]", '[advise: "settled"]'),
        rule("R-22", "[unsettled: deal.qualification]", '[advise: "unsettled"]'),
    ]
    assert lines(advised(rules)) == sorted([strength, "settled", *(["one of two"] if strength in ("veto", "must") else [])])


@pytest.mark.parametrize(
    "votes", ["", "fallback: {deal.strategy: frontal}", "default: {deal.strategy: frontal}, against: {deal.strategy: frontal}"]
)
def test_unsettled_holds_where_no_option_stands_before_fallbacks(votes: str) -> None:
    rules = [
        rule("R-01", "[unsettled: deal.strategy]", '[advise: "unsettled"]'),
        rule("R-02", "[settled: deal.strategy]", '[advise: "settled"]'),
        *([rule("R-03", "always", f"[{votes}]")] if votes else []),
    ]
    assert lines(advised(rules)) == ["unsettled"]


def test_settled_of_one_need_reads_the_vote_for_that_need() -> None:
    rules = [
        rule("R-01", "[need: {clarity: vague}]", "[must: {need.content_start: need}]"),
        rule("R-02", "[need: {clarity: fully_specified}]", "[default: {need.content_start: product}]"),
        rule("R-03", "[need: {}, settled: {need.content_start: {by: must}}]", '[advise: "{need.name} by must"]'),
        rule("R-04", "[need: {}, unsettled: need.content_start]", '[advise: "{need.name} unsettled"]'),
        rule("R-05", "[settled: {deal.content_start: {by: must}}]", '[advise: "deal by must"]'),
        rule("R-06", "[settled: {deal.content_start: {by: default}}]", '[advise: "deal by default"]'),
    ]
    needs = "needs: [{name: a, clarity: vague}, {name: b, clarity: fully_specified}, {name: c}]"
    assert lines(advised(rules, needs)) == ["a by must", "c unsettled", "deal by must"]
    assert lines(advised(rules, "needs: [{name: b, clarity: fully_specified}]")) == ["deal by default"]


# --- conditions: how many questions are open

WAITING = rule("R-01", "[deal: {access: open, budget_state: approved, lots: single}]", '[advise: "Good."]')


@pytest.mark.parametrize(
    ("bound", "holds"),
    [("above: 2", True), ("above: 3", False), ("at_least: 3", True), ("at_most: 2", False), ("below: 4", True), ("between: [3, 4]", True),
     ("above: figures.max_questions", False), ("at_least: figures.max_questions", True)],
)  # fmt: skip
def test_open_questions_counts_the_entries_of_questions(bound: str, holds: bool) -> None:
    advice = advised([WAITING, rule("R-02", f"[open_questions: {{{bound}}}]", '[must: "Many."]')])
    assert len(advice["questions"]) == 3
    assert lines(advice) == (["Many."] if holds else [])


def test_open_questions_also_counts_the_question_who_else_there_is() -> None:
    rules = [
        rule("R-01", "[no: {competitor: {}}]", '[advise: "Nobody."]'),
        rule("R-02", "[open_questions: {at_least: 1}]", '[advise: "Ask."]'),
    ]
    assert asked(advised(rules)) == ["competitors"]
    assert "Ask." in lines(advised(rules))


def test_a_rule_that_counts_open_questions_can_only_advise() -> None:
    for when in ("[open_questions: {above: 3}]", "[any: [open_questions: {above: 3}, deal: {stage: lead}]]"):
        assert mistakes(rule("R-01", when, "[default: {deal.strategy: frontal}]"))
        assert not mistakes(rule("R-01", when, '[must: "Ask three."]'))


def test_the_slots_of_a_line_about_open_questions_raise_nothing_where_it_is_not_said() -> None:
    advice = advised([rule("R-01", "[open_questions: {above: 99}]", '[must: "Mind {deal.access}."]')])
    assert (lines(advice), asked(advice)) == ([], [])


# --- unless


@pytest.mark.parametrize(
    ("facts", "speaks"),
    [
        ("customer: {financial_health: distressed}", True),
        ("customer: {financial_health: distressed}\ndeal: {payment_terms: milestone}", True),
        ("customer: {financial_health: distressed}\ndeal: {payment_terms: prepaid}", False),
        ("customer: {financial_health: distressed}\ndeal: {payment_terms: {value: prepaid, on: 2026-01-01}}", True),
    ],
)
def test_a_rule_is_silent_only_once_its_exception_is_known_to_hold(facts: str, speaks: bool) -> None:
    assert fires("[customer: {financial_health: distressed}]", facts, "[deal: {payment_terms: prepaid}]") is speaks


def test_an_exception_of_several_conditions_needs_them_all() -> None:
    unless = "[deal: {access: open}, us: {partner: none}]"
    assert fires("always", "deal: {access: open}", unless)
    assert fires("always", "us: {partner: none}", unless)
    assert not fires("always", "deal: {access: open}\nus: {partner: none}", unless)


def test_unless_takes_the_rows_that_when_bound() -> None:
    facts = "needs: [{name: a, differentiating: yes}, {name: b}, {name: c, differentiating: no}]"
    assert said("[need: {}]", facts, "{need.name}", unless="[need: {differentiating: yes}]") == ["b and c"]


def test_a_new_name_in_unless_means_some_row_and_stays_there() -> None:
    facts = "needs: [{name: a, topic: erp}, {name: b, topic: bi}]\n"
    unless = "[stakeholder: {as: friend, prefers: us, role: user}]"
    assert said("[need: {}]", facts + "stakeholders: [{name: x, prefers: us}, {name: y, role: user}]", "{need.name}", unless) == ["a and b"]
    assert said("[need: {}]", facts + "stakeholders: [{name: x, prefers: us, role: user}]", "{need.name}", unless) == []
    unless = "[need: {as: other, topic: need.topic, name: {not: need.name}}]"
    assert said("[need: {}]", facts.replace("]", ", {name: c, topic: erp}]"), "{need.name}", unless) == ["b"]
    assert mistakes(rule("R-01", "[need: {}]", '[advise: "See {friend.name}."]', "[stakeholder: {as: friend}]"))


def test_unless_takes_every_kind_of_condition() -> None:
    facts = "needs: [{name: a, pain: latent}]\nus: {partner: none}"
    for unless in (
        "[no: {need: {pain: none}}]", "[every: {need: {}, is: {pain: latent}}]", "[count: {need: {}, at_least: 1}]",
        "[any: [deal: {access: open}, us: {partner: none}]]", "[unsettled: deal.strategy]",
    ):  # fmt: skip
        assert not fires("always", facts, unless), unless
    for unless in (
        "[no: {need: {pain: latent}}]", "[every: {need: {}, is: {clarity: vague}}]", "[count: {need: {}, at_least: 2}]",
        "[any: [deal: {access: open}, us: {partner: willing}]]", "[settled: deal.strategy]",
    ):  # fmt: skip
        assert fires("always", facts, unless), unless


def test_unless_reads_what_rules_have_settled() -> None:
    rules = [
        rule("R-01", "always", '[advise: "Go."]', unless="[deal: {strategy: disengage}]"),
        rule("R-02", "[deal: {stage: lead}]", "[default: {deal.strategy: disengage}]"),
    ]
    assert lines(advised(rules)) == []
    assert lines(advised(rules, "deal: {stage: research}")) == ["Go."]


# --- effects: votes


@pytest.mark.parametrize("strength", VOTES)
def test_a_vote_of_any_strength_speaks_for_an_option(strength: str) -> None:
    text = rule("R-01", "always", f"[{strength}: {{deal.qualification: nurture}}]", locked=VOTES[strength] and "yes")
    decision = advised([text])["decisions"]["qualification"]
    assert decision["choice"] == "nurture"
    assert [reason["rule"] for reason in decision["because"]] == ["R-01"]


def test_a_vote_sets_a_derived_fact_in_the_same_way() -> None:
    advice = advised([rule("R-01", "always", "[default: {deal.size_band: large}]")])
    assert advice["derived"] == {"deal.size_band": "large"}


def test_of_a_list_the_first_is_voted_for_and_the_others_are_shown_as_alternatives() -> None:
    rules = [rule("R-01", "[need: {}]", "[default: {need.approach: [custom_build, partner_led]}]")]
    decision = advised(rules, "needs: [{name: a}]")["decisions"]["approach"]
    assert decision["choice"] == "custom_build"
    assert "partner_led" in str(decision["because"])
    assert decision["runner_up"] is None


def test_a_text_never_speaks_whatever_option_its_words_name() -> None:
    advice = advised([rule("R-01", "always", '[veto: "Decline this deal: decline.", must: "decline", fallback: "decline"]')])
    assert advice["decisions"]["qualification"]["choice"] is None


def test_one_rule_may_decide_several_things_and_advise() -> None:
    rules = [
        rule(
            "R-01",
            "[deal: {size_band: large}]",
            '[default: {deal.strategy: frontal}, veto: {deal.qualification: decline}, must: "Say so."]',
        ),
        rule("R-02", "[deal: {strategy: frontal}]", "[must: {deal.proof_mode: poc}, default: {deal.qualification: pursue}]"),
        rule("R-03", "always", "[default: {deal.size_band: large}]"),
        rule("R-04", "[deal: {proof_mode: poc}]", '[advise: "Plan the trial."]'),
    ]
    advice = advised(rules)
    assert {name: advice["decisions"][name]["choice"] for name in ("strategy", "qualification", "proof_mode")} == {
        "strategy": None, "qualification": "decline", "proof_mode": "poc",
    }  # fmt: skip
    assert advice["decisions"]["strategy"]["if_pursued"] == "frontal"
    assert lines(advice) == ["Plan the trial.", "Say so."]
    assert advice["fired"] == ["R-01", "R-02", "R-03", "R-04"]


def test_say_is_the_text_of_the_reason_and_without_it_the_title_is() -> None:
    rules = [
        rule("R-01", "[need: {}]", '[{veto: {deal.qualification: decline}, say: "{need.name} cannot be won."}]'),
        rule("R-02", "always", "[default: {deal.qualification: pursue}]"),
        rule("R-03", "always", '[{default: {deal.qualification: nurture}, say: "Keep in touch."}]'),
    ]
    decision = advised(rules, "needs: [{name: a}]")["decisions"]["qualification"]
    assert [reason["text"] for reason in decision["because"]] == ["a cannot be won."]
    assert {reason["rule"]: reason["text"] for reason in decision["against"]} == {"R-02": "Title of R-02", "R-03": "Keep in touch."}
    assert {tuple(reason["beaten_by"]) for reason in decision["against"]} == {("R-01",)}


def test_a_counted_value_is_voted_for_by_the_name_of_the_count() -> None:
    rules = [rule("R-01", "[count: {stakeholder: {contact: [met, regular]}, as: n}]", "[default: {deal.contacts_active: n}]")]
    assert advised(rules, "stakeholders: [{name: a, contact: met}, {name: b, contact: none}, {name: c, contact: regular}]")["derived"] == {
        "deal.contacts_active": 2
    }
    assert advised(rules)["derived"] == {"deal.contacts_active": 0}


def test_a_scored_value_is_the_sum_of_the_best_row_of_each_factor() -> None:
    rules = [
        rule("R-01", "always", '[default: {deal.qual_score: {score: scorecards/qualification.csv}}, must: "{deal.qual_score} of 100"]'),
        rule("R-02", "[deal: {qual_score: {at_least: 25}}]", "[default: {deal.qualification: pursue}]"),
    ]
    facts = "needs: [{name: a, pain: admitted}, {name: b, pain: quantified}]\ndeal: {compelling_event: hard}\nus: {product_fit: moderate}"
    advice = advised(rules, facts)
    assert advice["derived"] == {"deal.qual_score": 25}
    assert lines(advice) == ["25 of 100"]
    assert advice["decisions"]["qualification"]["choice"] == "pursue"
    assert advised(rules)["derived"] == {"deal.qual_score": 0}


def test_first_comes_before_the_declared_order() -> None:
    plain = "default: {deal.architecture: business}, default: {deal.architecture: security}"
    rules = [rule("R-01", "always", f"[{plain}, {{default: {{deal.architecture: migration}}, first: yes}}]")]
    advice = advised(rules)
    assert advice["decisions"]["architecture"]["choice"] == ["migration", "business", "security"]
    assert advice["solution"]["architecture"] == ["migration", "business", "security"]
    two = rule("R-02", "always", "[{default: {deal.architecture: data}, first: yes}]")
    assert advised([*rules, two])["decisions"]["architecture"]["choice"] == ["data", "migration", "business", "security"]


# --- effects: lines


def test_a_line_of_any_strength_stands_in_the_advice() -> None:
    strengths = ("law", "veto", "must", "advise", "warn", "ask")
    effects = ", ".join(f'{{{s}: "{s} it"}}' for s in strengths)
    advice = advised([rule("R-01", "always", f"[{effects}]", locked="yes")])
    assert {line["strength"]: line["text"] for line in advice["advice"]} == {s: f"{s} it" for s in strengths}
    assert {name for name, decision in advice["decisions"].items() if decision["choice"] is not None} == set()


def test_beside_a_line_stand_lane_stage_whom_about_blocks_and_needs() -> None:
    then = (
        '[{ask: "How is it going?", lane: promotion, stage: research, whom: "{p.name}", about: p.mode, blocks: proposal,'
        " needs: {deal.access: open}}]"
    )
    advice = advised([rule("R-01", "[stakeholder: {as: p}]", then)], "stakeholders: [{name: dean}]\ndeal: {access: open}")
    line = advice["advice"][0]
    assert {key: line[key] for key in ("rule", "strength", "text", "lane", "stage", "whom", "about", "blocks")} == {
        "rule": "R-01", "strength": "ask", "text": "How is it going?", "lane": "promotion", "stage": "research", "whom": "dean",
        "about": "stakeholder[dean].mode", "blocks": "proposal",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("votes", "speaks"),
    [
        ("", True),
        ("default: {deal.strategy: frontal}", False),
        ("fallback: {deal.strategy: frontal}", True),
        ("default: {deal.strategy: frontal}, against: {deal.strategy: frontal}", True),
    ],
)
def test_a_fallback_text_is_said_where_its_decision_is_unsettled_also_where_a_fallback_vote_then_chose(votes: str, speaks: bool) -> None:
    rules = [
        rule("R-01", "[unsettled: deal.strategy]", '[fallback: "No strategy yet."]'),
        *([rule("R-02", "always", f"[{votes}]")] if votes else []),
    ]
    advice = advised(rules)
    assert lines(advice) == (["No strategy yet."] if speaks else [])
    assert ("R-01" in advice["fired"]) is speaks


@pytest.mark.parametrize(("open_", "held"), [("yes", False), ("no", True), ("", True)])
def test_a_line_is_held_back_and_said_why_unless_what_it_needs_holds(open_: str, held: bool) -> None:
    rules = [
        rule("R-01", "always", '[{advise: "Visit them.", needs: {deal.contact_open: yes}}, advise: "Read the document."]'),
        *([rule("R-02", "always", f'[{{must: {{deal.contact_open: {open_}}}, say: "The portal says it."}}]')] if open_ else []),
    ]
    advice = advised(rules)
    assert lines(advice) == (["Read the document."] if held else ["Read the document.", "Visit them."])
    assert [entry["rule"] for entry in advice["held_back"]] == (["R-01"] if held else [])
    for entry in advice["held_back"]:
        assert entry.keys() == {"rule", "needs", "why"}
        assert "deal.contact_open" in str(entry["needs"])
        assert entry["why"] == ("The portal says it." if open_ else entry["why"]) != ""
    assert "R-01" in advice["fired"]


def test_in_text_the_reason_why_lines_are_held_back_is_said_once() -> None:
    visit = '[{advise: "Visit them.", needs: {deal.contact_open: yes}}]'
    closed = '[{must: {deal.contact_open: no}, say: "The portal says it."}]'
    consultation = consulted([rule("R-01", "always", visit), rule("R-02", "always", visit), rule("R-03", "always", closed)])
    for blocks in (pages.first_screen(consultation, "more"), pages.whole(consultation)):
        assert screen(blocks).count("The portal says it.") == 1
        assert "Visit them." not in screen(blocks)
    assert "So these rules hold lines back: R-01, R-02." in screen(pages.whole(consultation))


def test_needs_takes_several_tests() -> None:
    rules = [rule("R-01", "always", '[{advise: "Go.", needs: {deal.access: [open, limited], us.partner: {not: none}}}]')]
    assert lines(advised(rules, "deal: {access: limited}\nus: {partner: willing}")) == ["Go."]
    assert lines(advised(rules, "deal: {access: limited}\nus: {partner: none}")) == []
    assert lines(advised(rules, "deal: {access: limited}")) == []


def test_needs_about_a_row_of_the_rule_asks_about_that_row() -> None:
    rules = [rule("R-01", "[stakeholder: {as: p, role: user}]", '[{advise: "Write to {p.name}.", needs: {p.contact: met}}]')]
    advice = advised(rules, "stakeholders: [{name: a, role: user, contact: met}, {name: b, role: user, contact: none}]")
    assert lines(advice) == ["Write to a."]


# --- texts


def test_slots_are_looked_up_plainly() -> None:
    facts = "customer: {name: Hill Bureau}\ndeal: {value_k: 22.5, margin_pct: 35, security_review: not_started}\ncompetitors_complete: yes"
    text = "{customer.name}: {deal.value_k}, {deal.margin_pct}, {deal.security_review}, {n}, {figures.small_pursuit_cost}"
    assert said("[count: {competitor: {}, as: n}]", facts, text) == ["Hill Bureau: 22.5, 35, not_started, 0, 0.5"]


def test_a_slot_may_hold_a_settled_value_and_a_figure_by_band() -> None:
    rules = [
        rule("R-01", "always", '[advise: "{deal.size_band}, {deal.support}, {figures.silence_days} days"]'),
        rule("R-02", "always", "[default: {deal.size_band: large}, default: {deal.support: legal}, default: {deal.support: finance}]"),
    ]
    assert lines(advised(rules)) == ["large, legal and finance, 30 days"]


def test_a_slot_whose_attribute_is_unknown_reads_not_known_and_raises_the_question() -> None:
    text, vote = '"Before {deal.access} for {need.topic}: {deal.strategy}."', '{must: {deal.qualification: nurture}, say: "{us.partner}"}'
    advice = advised([rule("R-01", "[need: {}]", f"[advise: {text}, {vote}]")], "needs: [{name: a}]")
    assert lines(advice) == ["Before (not known) for (not known): (not known)."]
    assert advice["decisions"]["qualification"]["because"][0]["text"] == "(not known)"
    assert set(asked(advice)) == {"deal.access", "need[a].topic", "us.partner"}


def test_a_row_without_name_is_called_by_its_entity() -> None:
    assert said("[need: {}]", "needs: [{pain: latent}]", "See {need.name} of {customer.name}.") == ["See the need of the customer."]


def test_firings_that_differ_in_one_name_are_one_line_with_the_names_sorted() -> None:
    facts = "needs: [{name: c, topic: erp}, {name: a, topic: erp}, {name: b, topic: erp}]"
    assert said("[need: {}]", facts, "See {need.name}.") == ["See a, b and c."]
    assert said("[need: {}]", facts, "{need.topic} {need.name}, {need.name}.") == ["erp a, b and c, a, b and c."]


def test_firings_that_differ_in_more_than_a_name_are_lines_of_their_own() -> None:
    facts = "needs: [{name: a, fit_pct: 50}, {name: b, fit_pct: 60}, {name: c, fit_pct: 50}]"
    assert said("[need: {}]", facts, "{need.name} fits {need.fit_pct}.") == ["a and c fits 50.", "b fits 60."]


def test_equal_lines_are_one() -> None:
    facts = "needs: [{name: a, topic: erp}, {name: b, topic: erp}]\nstakeholders: [{name: x}, {name: y}]"
    assert said("[need: {}, stakeholder: {}]", facts, "Mind the {need.topic}.") == ["Mind the erp."]


def test_firings_that_differ_in_two_names_are_not_one_line() -> None:
    found = said(
        "[need: {}, competitor: {}]", "needs: [{name: a}, {name: b}]\ncompetitors: [{name: x}, {name: y}]", "{need.name}: {competitor.name}"
    )
    assert len(found) == 2
    assert found in (["a and b: x", "a and b: y"], ["a: x and y", "b: x and y"])


def test_names_that_hold_the_word_and_join_too() -> None:
    assert said("[need: {}]", "needs: [{name: sales and stock}, {name: wages}]", "See {need.name}.") == ["See sales and stock and wages."]


LABELLED = [
    rule(
        "R-01",
        "[need: {}]",
        '[{veto: {deal.qualification: nurture}, say: "{need.name} is {need.topic}."}, {must: "Mind {need.topic}.", lane: solution}]',
    ),
    rule("R-02", "always", "[default: {deal.promotion_intensity: full}, default: {deal.content_start: product}]"),
]
TOPIC = "needs: [{name: a, topic: his}]"


def test_labels_stand_in_text_output() -> None:
    consultation = consulted(LABELLED, TOPIC)
    shown = screen(pages.first_screen(consultation, "more"))
    assert "a is hospital information system." in shown and "Mind hospital information system." in shown
    assert "KEEP IN TOUCH, SPEND LITTLE" in shown


def test_values_stand_bare_in_the_lines_and_reasons_of_json() -> None:
    advice = advised(LABELLED, TOPIC)
    assert lines(advice) == ["Mind his."]
    assert advice["decisions"]["qualification"]["because"][0]["text"] == "a is his."


def test_no_label_stands_in_json() -> None:
    text = str(advised(LABELLED, TOPIC))
    assert "hospital information system" not in text
    assert "keep in touch, spend little" not in text


def test_labels_stand_in_the_questions_of_text_output() -> None:
    ask = '[{ask: "What hurts about the {need.topic}?", about: need.pain, whom: "who runs the {need.topic}"}]'
    rules = [rule("R-01", "[need: {pain: unknown}]", ask), rule("R-02", "[need: {pain: admitted}]", '[must: "Act."]')]
    shown = screen(pages.first_screen(consulted(rules, TOPIC), "more"))
    assert "What hurts about the hospital information system?" in shown
    assert "who runs the hospital information system" in shown


@pytest.mark.parametrize(
    "conditions",
    ["no: {stakeholder: {role: coach}}", "every: {stakeholder: {}, is: {role: user}}", "count: {stakeholder: {role: user}, at_least: 1}"],
)
def test_a_line_that_rests_on_a_list_not_marked_complete_says_so_and_asks_who_else_there_is(conditions: str) -> None:
    rules = [rule("R-01", f"[{conditions}]", '[advise: "Look further."]')]
    facts = "stakeholders: [{name: a, role: user}]\n"
    for mark in ("", "stakeholders_complete: no\n"):
        advice = advised(rules, facts + mark)
        assert len(lines(advice)) == 1
        assert lines(advice)[0].startswith("Look further") and "of those recorded" in lines(advice)[0]
        assert "stakeholders" in asked(advice)
        assert "Who else will use it" in str(advice["questions"])
    whole = advised(rules, facts + "stakeholders_complete: yes\n")
    assert lines(whole) == ["Look further."]
    assert "stakeholders" not in asked(whole)
    assert whole["fired"] == ["R-01"]


def test_a_line_that_rests_on_single_rows_does_not_speak_of_those_recorded() -> None:
    rules = [rule("R-01", "[stakeholder: {role: user}, no: {deal: {access: open}}]", '[advise: "Meet {stakeholder.name}."]')]
    advice = advised(rules, "stakeholders: [{name: a, role: user}]")
    assert lines(advice) == ["Meet a."]
    assert "stakeholders" not in asked(advice)


# --- drafts and other states of a rule


def test_a_draft_says_what_it_would_add_and_changes_nothing() -> None:
    draft = rule(
        "R-02",
        "[need: {pain: latent}]",
        '[veto: {deal.qualification: decline}, must: "Leave {need.name}.", default: {deal.size_band: large}]',
        status="draft",
    )
    loop = rule("R-03", "[deal: {qualification: pursue}]", "[must: {deal.qualification: decline}]", status="draft")
    rules = [rule("R-01", "always", "[default: {deal.qualification: pursue}]")]
    facts = "needs: [{name: a, pain: latent}]"
    plain, tried = advised(rules, facts), advised([*rules, draft, loop], facts)
    for key in ("decisions", "advice", "derived", "fired", "questions", "held_back", "solution"):
        assert tried[key] == plain[key], key
    assert all(entry.keys() == {"rule", "would_add"} for entry in tried["drafts"])
    assert [entry["rule"] for entry in tried["drafts"]] == ["R-02", "R-02", "R-02", "R-03"]
    added = " ".join(entry["would_add"] for entry in tried["drafts"])
    assert "Leave a." in added and "decline" in added and "large" in added
    assert plain["drafts"] == [] == advised([*rules, draft], "needs: [{name: a, pain: none}]")["drafts"]


@pytest.mark.parametrize(("status", "works"), [("in_use", True), ("trial", True), ("retired", False)])
def test_a_rule_works_while_it_is_in_use_or_on_trial_and_not_once_retired(status: str, works: bool) -> None:
    advice = advised([rule("R-01", "always", '[must: "Act."]', status=status)])
    assert advice["fired"] == (["R-01"] if works else [])
    assert advice["drafts"] == []


# --- what is a mistake


@pytest.mark.parametrize("key", ["id", "title", "why", "when", "then", "source", "owner", "since"])
def test_a_rule_needs_its_eight_keys_and_no_cases(key: str) -> None:
    whole = rule("R-01", "always", YES)
    assert mistakes(whole) == []
    lacking = "\n".join(line for line in whole.splitlines() if not line.strip("- ").startswith(f"{key}:"))
    assert mistakes(lacking if key != "id" else lacking.replace("  title", "- title", 1))


@pytest.mark.parametrize(
    "when",
    [
        "[stage: lead]",
        "[rival: {kind: niche}]",
        "[competitor: {as: rival}, rival: {kind: niche}]",
        "[stakeholder: {as: x}, competitor: {as: x}]",
        "[stakeholder: {as: need}]",
        "[{deal: {stage: lead}, us: {partner: none}}]",
        "[deal: {stage: somewhere}]",
        "[deal: {phase: lead}]",
        "[deal: lead]",
        "[need: {note: text}]",
        "[need: {pain: {above: 3}}]",
        "[need: {name: {above: 3}}]",
        "[need: {fit_pct: {over: 3}}]",
        "[need: {fit_pct: many}]",
        "[need: {fit_pct: {at_least: 101}}]",
        "[deal: {margin_pct: {below: -51}}]",
        "[need: {fit_pct: {between: [80, 70]}}]",
        "[need: {fit_pct: {between: [70]}}]",
        "[need: {fit_pct: {between: [70, 75, 80]}}]",
        "[need: {fit_pct: {between: 70}}]",
        "[count: {need: {}, between: [3, 1]}]",
        "[count: {need: {}, over: 3}]",
        "[count: {need: {}, stakeholder: {}}]",
        "[us: {product_fit: us.similar_cases}]",
        "[us: {similar_cases: us.product_fit}]",
        "[effort: {hours_needed: {above: us.product_fit}}]",
        "[us: {product_fit: deal.stage}]",
        "[us: {product_fit: need.topic}]",
        "[need: {fit_pct: {above: figures.nothing}}]",
        "[need: {pain: figures.fit_floor}]",
        "[every: {need: {}}]",
        "[no: {}]",
        "[no: {rival: {}}]",
        "[any: []]",
        "[settled: deal.stage]",
        "[settled: {deal.strategy: {by: force}}]",
        "[unsettled: deal.nothing]",
        "[always]",
        "[deal: {stage: lead}, always]",
        "sometimes",
        "[]",
    ],
)
def test_a_condition_that_says_nothing_sensible_is_a_mistake(when: str) -> None:
    assert mistakes(rule("R-01", when, YES))
    assert mistakes(rule("R-01", "always", YES, unless=when)) or when in ("sometimes", "[]")


@pytest.mark.parametrize("inside", ["always", "[]"])
def test_always_or_nothing_inside_any_is_a_mistake(inside: str) -> None:
    assert mistakes(rule("R-01", f"[any: [{inside}, deal: {{stage: research}}]]", YES))


@pytest.mark.parametrize("unless", ["always", "[]"])
def test_always_or_nothing_as_unless_is_a_mistake(unless: str) -> None:
    assert mistakes(rule("R-01", "always", YES, unless=unless))


@pytest.mark.parametrize("test", ["deal: {stage: []}", "deal: {stage: {not: []}}", "deal: {value_k: {}}", "open_questions: {}"])
def test_a_test_that_names_no_value_is_a_mistake(test: str) -> None:
    assert mistakes(rule("R-01", f"[{test}]", YES))


@pytest.mark.parametrize("bounds", ["{between: [figures.fit_high, figures.fit_floor]}", "{above: figures.large_up_to}"])
def test_bounds_given_by_figures_are_held_to_the_range_too(bounds: str) -> None:
    assert mistakes(rule("R-01", f"[need: {{fit_pct: {bounds}}}]", YES))


@pytest.mark.parametrize(
    "then",
    [
        "[]",
        "[maybe: {deal.strategy: frontal}]",
        '[default: "A text."]',
        "[warn: {deal.strategy: frontal}]",
        "[ask: {deal.strategy: frontal}]",
        "[must: {deal.strategy: nowhere}]",
        "[must: {deal.stage: lead}]",
        "[must: {deal.pain: latent}]",
        "[must: {us.qualification: decline}]",
        "[must: {need.content_start: need}]",
        "[must: {need.qualification: decline}]",
        "[must: {deal.strategy: frontal, deal.realm: need_start}]",
        "[{must: {deal.strategy: frontal}, default: {deal.realm: need_start}}]",
        "[advise: {deal.strategy: frontal}]",
        "[advise: {deal.size_band: small}]",
        "[against: {deal.strategy: nowhere}]",
        "[law: {deal.qualification: decline}]",
        '[law: "Never."]',
        "[{must: {deal.strategy: frontal}, lane: solution}]",
        "[{must: {deal.strategy: frontal}, needs: {deal.access: open}}]",
        '[{must: "Act.", say: "Now."}]',
        '[{must: "Act.", first: yes}]',
        "[{must: {deal.strategy: frontal}, first: yes}]",
        "[{default: {deal.positioning: value_selection}, first: yes}]",
        '[{must: "Act.", lane: third}]',
        '[{must: "Act.", stage: nowhere}]',
        '[{must: "Act.", blocks: nowhere}]',
        '[{must: "Act.", about: deal.nothing}]',
        '[{must: "Act.", about: person.mode}]',
        '[{must: "Act.", needs: open}]',
        '[{must: "Act.", needs: {deal.access: nowhere}}]',
        "[default: {deal.contacts_active: n}]",
        "[default: {deal.contacts_active: many}]",
        "[default: {deal.qual_score: {score: scorecards/none.csv}}]",
        "[default: {deal.strategy: {score: scorecards/qualification.csv}}]",
    ],
)
def test_an_effect_that_says_nothing_sensible_is_a_mistake(then: str) -> None:
    assert mistakes(rule("R-01", "always", then))


def test_a_vote_on_a_need_wants_that_need_bound_by_when() -> None:
    vote = "[must: {need.content_start: need}]"
    assert mistakes(rule("R-01", "[need: {}]", vote)) == []
    for when in ("[any: [need: {}, deal: {stage: lead}]]", "[no: {need: {}}]", "[count: {need: {}, at_least: 1}]"):
        assert mistakes(rule("R-01", when, vote))
    assert mistakes(rule("R-01", "always", vote.replace("need.content_start", "deal.content_start"))) == []


def test_against_with_a_list_is_a_mistake() -> None:
    assert mistakes(rule("R-01", "always", "[against: {deal.strategy: [frontal, defend]}]"))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "}",
        "{}",
        "{need}",
        "{n}",
        "{need.name}",
        "{deal.nothing}",
        "{deal.note}",
        "{figures.nothing}",
        "{deal.stage:>9}",
        "{deal.stage!r}",
        "a {b c} d",
    ],
)
def test_braces_that_are_no_slot_of_the_rule_are_a_mistake(text: str) -> None:
    assert mistakes(rule("R-01", "always", f'[advise: "Look: {text}."]'))
    assert mistakes(rule("R-01", "always", f'[{{must: {{deal.strategy: frontal}}, say: "Look: {text}."}}]'))


def test_a_text_is_plain_quoted_or_a_block() -> None:
    for text in ("Go on, and see.", '"Go on, and see."', "'Go on, and see.'", ">-\n        Go on,\n        and see."):
        assert lines(advised([rule("R-01", "always", f"\n    - advise: {text}")])) == ["Go on, and see."], text


@pytest.mark.parametrize("then", ["[advise: Go on]", "\n    - advise: Go on #1 now", "\n    - advise: Go on: now", "\n    - advise: ''"])
def test_a_text_that_yaml_would_cut_is_a_mistake(then: str) -> None:
    assert mistakes(rule("R-01", "always", then))


def test_a_rule_is_written_once_and_its_date_is_a_date() -> None:
    good = rule("R-01", "always", YES)
    assert mistakes(good, good)
    for since in ("last week", "2026-02-30", "2026"):
        assert mistakes(good.replace("2026-01-01", since))
    assert mistakes(good + "  colour: red\n")


def test_check_warns_where_a_condition_on_people_does_not_say_whether_they_have_left() -> None:
    found = {}
    for test in ("role: user", "role: user, departed: no", "role: user, departed: yes", "role: user, departed: known"):
        knowledge = base(rule("R-01", f"[stakeholder: {{{test}}}]", YES)).usable()
        found[test] = [p.severity for r in knowledge.rules for p in habits(r, knowledge) if "departed" in p.message]
    assert found.pop("role: user") == ["warning"]
    assert set(map(tuple, found.values())) == {()}


def test_nobody_is_left_out_because_of_having_left_unless_the_rule_says_so() -> None:
    facts = "stakeholders: [{name: a, role: user, departed: yes}, {name: b, role: user}]"
    assert said("[stakeholder: {role: user}]", facts, "{stakeholder.name}") == ["a and b"]
    assert said("[stakeholder: {role: user, departed: no}]", facts, "{stakeholder.name}") == ["b"]


@pytest.mark.parametrize(
    "figure",
    [
        "{unit: turns, source: s, date: 2026-01-01}",
        "{value: many, unit: turns, source: s, date: 2026-01-01}",
        "{value: 3, source: s, date: 2026-01-01}",
        "{value: 3, unit: turns, date: 2026-01-01}",
        "{value: 3, unit: turns, source: s, date: soon}",
        "{by: plant.shift, value: 3, unit: turns, source: s, date: 2026-01-01}",
        "{by: plant.shift, value: {noon: 3}, unit: turns, source: s, date: 2026-01-01}",
        "{by: pump.fluid, value: {acid: 3}, unit: turns, source: s, date: 2026-01-01}",
        "{value: {day: 3}, unit: turns, source: s, date: 2026-01-01}",
    ],
)
def test_a_figure_has_value_unit_source_and_date_and_by_goes_with_a_value_for_each_word(figure: str) -> None:
    good = "{by: plant.shift, value: {day: 2, night: 5}, unit: turns, source: s, date: 2026-01-01}"
    for text, wrong in ((good, False), (figure, True)):
        found = read_base(toy_base(Path(mkdtemp(dir=TEMP.name)), figures=f"{FIGURES}    many: {text}\n"))
        assert bool(found.problems) is wrong


def test_check_exits_with_one_for_what_it_finds_and_with_two_where_a_path_cannot_be_opened(realms: Any, tmp_path: Path) -> None:
    rules, broken = tmp_path / "rules.yaml", tmp_path / "broken.yaml"
    rules.write_text(rule("R-01", "[deal: {phase: lead}]", YES), encoding="utf-8")
    broken.write_text("- id: [", encoding="utf-8")
    assert [realms("check", path).exit_code for path in (rules, broken, tmp_path / "nowhere.yaml")] == [1, 1, 2]
    folder = toy_base(tmp_path / "k", rule("R-01", "[plant: {phase: x}]", YES))
    facts = tmp_path / "facts.yaml"
    facts.write_text("plant: {shift: day}\n", encoding="utf-8")
    assert realms("check", "--knowledge", folder).exit_code == 1
    assert realms("advise", facts, "--knowledge", folder).exit_code == 2


# --- locks


def locked(tmp_path: Path, text: str) -> list[str]:
    """Return what is wrong once the locked rule R-01 was recorded and then its file came to hold `text`."""
    recorded = base(rule("R-01", "always", '[law: "Never."]', locked="yes"))
    assert not recorded.problems
    shutil.copytree(recorded.folder, tmp_path / "k")
    (tmp_path / "k" / "rules" / "rules.yaml").write_text(text, encoding="utf-8")
    return [p.message for p in read_base(tmp_path / "k").problems if p.severity == "error"]


def test_a_base_without_locks_needs_none_and_its_rules_can_be_replaced_whole() -> None:
    assert base(rule("R-01", "always", YES)).problems == []
    assert not (base(rule("R-01", "always", YES)).folder / "locks.yaml").exists()


@pytest.mark.parametrize(
    "text",
    [
        rule("R-01", "always", '[law: "Hardly ever."]', locked="yes"),
        rule("R-01", "always", '[must: "Never."]'),
        rule("R-02", "always", '[must: "Never."]'),
        rule("R-01", "always", '[law: "Never."]', locked="yes") + rule("R-02", "always", '[law: "Never ever."]', locked="yes"),
        rule("R-01", "always", '[law: "Never."]', locked="yes", status="draft"),
        rule("R-01", "always", '[law: "Never."]', locked="yes", status="retired"),
    ],
    ids=["changed", "no longer locked", "gone", "new", "made a draft", "retired"],
)
def test_a_locked_rule_that_is_new_changed_or_gone_is_an_error(text: str, tmp_path: Path) -> None:
    assert locked(tmp_path, text)


def test_a_locked_rule_laid_out_otherwise_is_the_same_rule(tmp_path: Path) -> None:
    assert locked(tmp_path, "# a comment\n" + rule("R-01", "always", '\n    - law: "Never."', locked="yes")) == []
