"""The document to write: sections for this deal, from its facts, with what is still missing; and what goes with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from click.testing import Result
from conftest import ON, ROOT
from toy import toy_base
from wcwidth import wcswidth

from engine.advising import Consultation, consult
from engine.habits import sentence_habits
from engine.problems import Problem
from engine.reading.cases import Step
from engine.reading.dossiers import read_dossier
from engine.reading.knowledge import read_base
from engine.rules import Knowledge

Advise = Callable[..., Consultation]
Advices = Callable[[str], dict[str, Any]]
Run = Callable[..., Result]
Change = Callable[[dict[str, Any]], object]
SHIPPED = ROOT / "knowledge" / "outlines.yaml"
OPEN = """
    customer: {sector: manufacturing, strategy: cost_leadership, process_documented: none}
    needs:
      - {name: floor, topic: mes, clarity: goal_only, pain: quantified, metric_source: customer, scope: enterprise, criticality: important,
         fit_pct: 82}
    deal: {stage: analysis, value_k: 9000, public_procurement: no, access: open}
    stakeholders:
      - {name: owner, role: economic, function: executive, influence: high, contact: met, attitude: neutral, mode: trouble}
      - {name: planner, role: user, function: operations, influence: medium, contact: none, attitude: sceptical}
    us: {product_fit: strong, differentiator: strong, differentiator_valued: yes, proof_available: yes, similar_cases: 9}
"""


def solution(consultation: Consultation, labels: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = consultation.as_json(labels)["solution"]
    return found


def papers(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in ("sections", "internal", "extracts"):
        yield from found[name]


def written(found: dict[str, Any], section: str) -> list[str]:
    texts: list[str] = next(s["write"] for s in papers(found) if s["id"] == section)
    return texts


@pytest.fixture
def with_rules(tmp_path: Path) -> Callable[[str], Knowledge]:
    """Return the shipped knowledge with one more file of rules instead of those on the solution, which speak on all of this."""

    def with_rules(rules: str) -> Knowledge:
        shutil.copytree(ROOT / "knowledge", tmp_path / "k")
        (tmp_path / "k" / "rules" / "solution.yaml").unlink()
        (tmp_path / "k" / "rules" / "more.yaml").write_text(dedent(rules), encoding="utf-8")
        return read_base(tmp_path / "k").usable()

    return with_rules


def rule(number: int, when: str, *votes: str) -> str:
    effects = "".join(f"\n            - must: {{{vote}}}" for vote in votes)
    return f"""
        - id: TRY-0{number}
          title: One more vote
          why: To see what the outlines make of it.
          when: [{when}]
          then:{effects}
          source: a test
          owner: tests
          since: 2026-01-01
    """


# --- the document


def test_the_order_goes_from_the_customer_through_organisation_and_processes_to_technology(advise: Advise) -> None:
    ids = [s["id"] for s in solution(advise(OPEN))["sections"]]
    order = ["strategy", "organisation", "processes", "problems", "needs", "business", "application", "data", "technology"]
    assert [i for i in ids if i in order] == order
    assert ids[0] == "summary"


def test_two_deals_with_the_same_outline_are_told_different_things(advices: Advices) -> None:
    mes, his = (advices(name)["solution"] for name in ("auto-parts-mes", "county-hospital-his"))
    assert mes["document"]["id"] == his["document"]["id"] == "realm2_outline"
    for section in ("processes", "data", "needs"):
        assert set(written(mes, section)) != set(written(his, section))
    assert any("patient" in text for text in written(his, "processes"))
    assert any("finished lot" in text for text in written(mes, "processes"))


def test_what_to_write_is_said_with_the_facts_of_the_deal(advise: Advise) -> None:
    found = solution(advise(OPEN))
    assert any("82 of 100" in text and "floor" in text for text in written(found, "application"))
    assert any(text.startswith("The money is released by owner") for text in written(found, "summary"))
    facts = next(s["facts"] for s in found["sections"] if s["id"] == "application")
    assert {"fact": "need[floor].fit_pct", "value": 82, "grade": "assumed", "by": None, "on": None} in facts


def test_a_section_names_what_is_missing_with_its_question_and_whom_to_ask(advise: Advise) -> None:
    missing = next(s["missing"] for s in solution(advise(OPEN))["sections"] if s["id"] == "technology")
    entry = next(m for m in missing if m["fact"] == "need[floor].deployment")
    assert entry == {"fact": "need[floor].deployment", "ask": "Where shall floor run, and who has decided that?", "whom": "IT head"}


def test_every_section_that_is_written_has_at_least_two_lines_to_choose_from(knowledge: Knowledge) -> None:
    assert knowledge.outlines is not None
    assert [s.id for part in knowledge.outlines.parts for s in part.sections if len(s.write) < 2] == []


def test_a_bare_need_still_gets_a_document_that_says_what_is_not_on_record(advise: Advise) -> None:
    found = solution(advise("needs: [{name: main, scope: enterprise, clarity: vague}]\n"))
    assert all(section["write"] for section in found["sections"])
    assert any("not on record" in text for text in written(found, "processes"))


def test_a_list_that_nobody_has_begun_is_missing_as_a_whole(advise: Advise) -> None:
    found = solution(advise("needs: [{name: main, scope: enterprise, clarity: vague}]\n"))
    missing = next(s["missing"] for s in found["sections"] if s["id"] == "summary")
    assert {"fact": "stakeholders", "ask": "Who else will use it, judge it, pay for it or sign for it?", "whom": None} in missing


def test_people_who_have_left_are_not_drawn_on(advise: Advise) -> None:
    gone = OPEN.replace("attitude: sceptical}", "attitude: sceptical, departed: yes}")
    found = solution(advise(gone))
    addresses = {fact["fact"] for section in found["sections"] for fact in section["facts"]}
    assert not any(address.startswith("stakeholder[planner]") for address in addresses)
    assert [s["for"] for s in found["extracts"]] == [["stakeholder[owner]"]]


PARTS = ["integration", "security", "migration", "operations", "change", "governance"]


@pytest.mark.parametrize("part", PARTS)
def test_a_vote_for_a_part_of_the_architecture_brings_its_section(
    with_rules: Callable[[str], Knowledge], advise: Advise, part: str
) -> None:
    more = with_rules(rule(1, "deal: {stage: analysis}", f"deal.architecture: {part}"))
    found = solution(consult(more, advise(OPEN).dossier, ON))
    assert [s["id"] for s in found["sections"] if s["id"] in PARTS] == [part]
    assert found["architecture"] == [part]


def test_a_tender_is_answered_in_the_buyers_order_with_a_compliance_table(
    with_rules: Callable[[str], Knowledge], runs: dict[str, Step]
) -> None:
    more = with_rules(rule(1, "deal: {doc_type: [tender, rfp]}", "deal.outline: buyer_order"))
    for name, inside, outside in (("projection-classroom", "offer-list", "business"), ("wms-cheap-rival", "offer-list", "technology")):
        found = solution(consult(more, runs[name].dossier, runs[name].on))
        ids = [s["id"] for s in found["sections"]]
        assert found["document"]["id"] == "buyer_order"
        assert ids[:2] == ["forms", "compliance"]
        assert inside in ids
        assert outside not in ids


def test_a_tender_for_an_open_need_keeps_the_thinking_inside_the_buyers_order(
    with_rules: Callable[[str], Knowledge], advise: Advise
) -> None:
    more = with_rules(rule(1, "deal: {doc_type: [tender, rfp]}", "deal.outline: buyer_order"))
    dossier = advise(OPEN.replace("stage: analysis,", "stage: proposal, doc_issued: yes, doc_type: rfp,")).dossier
    ids = [s["id"] for s in solution(consult(more, dossier, ON))["sections"]]
    order = ["compliance", "strategy", "organisation", "processes", "business", "application", "data", "technology"]
    assert [i for i in ids if i in order] == order


def test_a_quotation_is_shorter_than_a_tender(advise: Advise) -> None:
    deal = "needs: [{name: rooms, topic: multimedia, clarity: fully_specified, scope: department}]\nus: {product_fit: strong}\n"
    tender, quotation = (solution(advise(deal + f"deal: {{stage: proposal, doc_type: {kind}}}\n")) for kind in ("tender", "rfq"))
    assert len(quotation["sections"]) < len(tender["sections"])
    assert {s["id"] for s in tender["sections"]} - {s["id"] for s in quotation["sections"]} == {
        "forms", "buyer-summary", "scoring", "installation",
    }  # fmt: skip


def test_where_terms_are_negotiated_scope_stands_beside_price(advise: Advise) -> None:
    talks, quotation = (solution(advise(OPEN.replace("stage: analysis,", f"stage: analysis, procurement: {how},")))
                        for how in ("negotiation", "quotation"))  # fmt: skip
    assert "price-beside-scope" in [s["id"] for s in talks["sections"]]
    assert "price-beside-scope" not in [s["id"] for s in quotation["sections"]]


# --- what may not be there


@pytest.mark.parametrize("name", ["telecom-rfq", "insurer-bi"])
def test_a_deal_that_is_not_pursued_has_no_document(advices: Advices, name: str) -> None:
    found = advices(name)["solution"]
    assert found["document"] is None
    assert [found[key] for key in ("sections", "trace", "themes", "internal", "extracts", "held_back")] == [[]] * 6


def test_with_the_least_effort_the_document_stays_and_nothing_internal(with_rules: Callable[[str], Knowledge], advise: Advise) -> None:
    more = with_rules(rule(1, "deal: {stage: analysis}", "deal.qualification: minimal"))
    found = solution(consult(more, advise(OPEN).dossier, ON))
    assert found["sections"]
    assert found["trace"]
    assert [found[key] for key in ("internal", "themes", "extracts")] == [[]] * 3
    assert any("the least" in note for note in found["document"]["notes"])


def test_internal_papers_come_with_full_promotion_only(advise: Advise) -> None:
    full = advise(OPEN)
    light = advise("needs: [{name: rooms, topic: multimedia, clarity: fully_specified, scope: department}]\nus: {product_fit: strong}\n")
    assert full.as_json()["decisions"]["promotion_intensity"]["choice"] == "full"
    assert [s["id"] for s in solution(full)["internal"]] == [
        "influence-map", "competitive-strategy", "themes-page", "criteria-table", "price-position", "joint-plan", "objections", "promises",
    ]  # fmt: skip
    assert light.as_json()["decisions"]["promotion_intensity"]["choice"] != "full"
    assert solution(light)["internal"] == []


def test_while_contact_is_barred_nothing_means_contact_and_what_would_is_held_back(
    with_rules: Callable[[str], Knowledge], advise: Advise
) -> None:
    more = with_rules(rule(1, "deal: {stage: analysis}", "deal.promotion_intensity: full"))
    barred = advise(OPEN.replace("stage: analysis,", "stage: analysis, tender_blackout: yes,")).dossier
    found = solution(consult(more, barred, ON))
    assert found["extracts"] == []
    assert not any("Agree the plan with the sponsor" in text for text in written(found, "joint-plan"))
    assert [(h["section"], h["needs"]) for h in found["held_back"]] == [("joint-plan", "deal.contact_open")]
    assert "barred" in found["held_back"][0]["why"]
    assert any("barred" in note for note in found["document"]["notes"])
    assert any("Agree the plan with the sponsor" in text for text in written(solution(advise(OPEN)), "joint-plan"))


def test_before_a_public_document_an_open_need_is_designed_for_our_own_desk_only(advices: Advices) -> None:
    found = advices("data-sharing-platform")["solution"]
    note = found["document"]["notes"][0]
    assert note.startswith("For our own desk only")
    assert "what sharing_platform must do is open" in note
    assert found["extracts"] == []


def test_no_line_of_an_outline_or_of_the_route_has_a_habit_that_check_warns_of(knowledge: Knowledge) -> None:
    assert [problem.message for problem in sentence_habits(knowledge)] == []


def test_check_warns_of_a_line_that_means_contact_without_its_mark(realms: Run, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "knowledge", tmp_path / "k")
    path = tmp_path / "k" / "outlines.yaml"
    path.write_text(
        SHIPPED.read_text(encoding="utf-8").replace('"Delete every sentence', '"Call the sponsor. Delete every sentence'), encoding="utf-8"
    )
    out = realms("check", "--knowledge", tmp_path / "k", path)
    assert "section stated-need says 'call the sponsor' and does not need deal.contact_open" in out.output
    assert "1 warning" in out.output


def test_no_outline_names_a_rule(knowledge: Knowledge) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert [rule_id for rule_id in knowledge.by_id if rule_id in text] == []


# --- extracts, trace, themes


def test_each_reader_recorded_gets_an_extract_by_name(advise: Advise) -> None:
    titles = {s["id"]: s["title"] for s in solution(advise(OPEN))["extracts"]}
    assert titles == {"funder-page": "One page for owner, who releases the money", "user-sheet": "Day sheet for planner, who uses it"}


def test_the_trace_has_a_line_for_each_need_and_says_in_words_what_is_empty(advise: Advise) -> None:
    second = OPEN.replace("    deal:", "      - {name: bare}\n    deal:")
    trace = solution(advise(second))["trace"]
    assert [line["need"] for line in trace] == ["bare", "floor"]
    assert trace[0]["problem"] == "No problem is recorded yet."
    assert trace[0]["test"] == "No number and no acceptance test is recorded yet."
    assert "Used by planner. The money lies with owner." in trace[1]["person"]
    assert "82 of 100" in trace[1]["fit"]
    assert solution(advise("needs: [{name: main, scope: enterprise}]\n"))["trace"][0]["person"] == "Nobody is recorded yet."


def test_a_theme_stands_on_pain_difference_and_proof(advise: Advise) -> None:
    (theme,) = solution(advise(OPEN))["themes"]
    assert theme["about"] == "floor"
    assert theme["missing"] == []
    assert all(theme[part] for part in ("pain", "difference", "proof"))


@pytest.mark.parametrize(("old", "new", "part"), [
    ("pain: quantified", "pain: latent", "pain"),
    ("differentiator_valued: yes", "differentiator_valued: no", "difference"),
    ("differentiator: strong", "differentiator: weak", "difference"),
    ("proof_available: yes", "proof_available: no", "proof"),
])  # fmt: skip
def test_a_theme_without_one_of_the_three_is_cut_and_says_which(advise: Advise, old: str, new: str, part: str) -> None:
    (theme,) = solution(advise(OPEN.replace(old, new)))["themes"]
    assert [lack["part"] for lack in theme["missing"]] == [part]
    assert theme[part] is None
    assert theme["missing"][0]["text"]


def test_a_theme_that_waits_for_an_answer_asks_for_it(advise: Advise) -> None:
    (theme,) = solution(advise(OPEN.replace("differentiator_valued: yes, ", "")))["themes"]
    assert [q["fact"] for q in theme["missing"][0]["questions"]] == ["us.differentiator_valued"]


# --- on the page


def test_the_first_screen_names_the_document_in_one_line(realms: Run) -> None:
    out = realms("advise", ROOT / "cases" / "county-hospital-his.yaml").output
    assert out.count("Document:") == 1
    assert "Document: from the need (outline of the second realm), in 22 sections." in " ".join(out.split())
    assert "Still missing" not in out


@pytest.mark.parametrize("words", [("--all",), ("--format", "markdown")])
def test_everything_and_markdown_show_what_to_write(realms: Run, words: tuple[str, ...]) -> None:
    out = realms("advise", ROOT / "cases" / "county-hospital-his.yaml", *words).output
    for said in ("What to write, from the need", "Key processes and systems as they are", "Still missing:", "From need to test",
                 "Win themes", "For our own eyes only", "One page for president"):  # fmt: skip
        assert said in out


def test_a_question_is_asked_once_on_the_page(realms: Run) -> None:
    out = realms("advise", ROOT / "cases" / "county-hospital-his.yaml", "--format", "markdown").output
    document = out.split("What to write")[1]
    assert document.count("By which tests will you decide that the work is accepted?") == 1
    assert "asked above: " in document


def test_the_page_reads_labels_and_the_json_bare_words(advise: Advise) -> None:
    consultation = advise(OPEN)
    assert any("cost leadership" in text for text in written(solution(consultation, labels=True), "strategy"))
    assert any("cost_leadership" in text for text in written(solution(consultation), "strategy"))


@pytest.mark.parametrize("case", sorted((ROOT / "cases").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_document_of_every_case_fits_eighty_columns(realms: Run, case: Path) -> None:
    out = realms("advise", case, "--all").output
    assert [line for line in out.splitlines() if wcswidth(line) > 80] == []


# --- what people write wrong


def mistakes(tmp_path: Path, change: Change) -> list[Problem]:
    """Return the problems of the shipped knowledge with its outlines changed."""
    shutil.copytree(ROOT / "knowledge", tmp_path / "k")
    outlines = yaml.load(SHIPPED.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
    change(outlines)
    text = yaml.dump(outlines, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
    (tmp_path / "k" / "outlines.yaml").write_text(text, encoding="utf-8")
    return read_base(tmp_path / "k").problems


def summary(outlines: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(s for s in outlines["documents"]["realm2_outline"]["sections"] if s.get("id") == "summary")
    return found


def into(place: str, thing: object) -> Change:
    """Return a change that adds something to a list of the summary."""
    return lambda outlines: summary(outlines)[place].append(thing)


PICKS = "is no decision that picks one document"
USE = {"title": "Third", "source": "x", "sections": [{"use": "summary"}]}
MISTAKES: list[tuple[Change, str, str, str]] = [
    (into("from", "need.drivr"), "R220", "need has no attribute 'drivr'", "did you mean driver"),
    (into("from", "needs.driver"), "R210", "'needs' is not bound to a row", "did you mean need"),
    (into("write", "What {deal.stag} asks for."), "R220", "deal has no attribute 'stag'", "did you mean stage"),
    (into("write", "About {need.name}."), "R210", "'need' is not bound to a row", "binds it"),
    (into("write", {"text": "Yes.", "wen": []}), "R323", "a line has no 'wen'", "did you mean when"),
    (into("write", {"when": [{"deal": {}}]}), "R322", "a line needs 'text'", ""),
    (lambda o: summary(o).update(when=[{"deal": {"stage": "leed"}}]), "R232", "'leed' is not a value of deal.stage", "did you mean lead"),
    (lambda o: summary(o).update(titel="Summary"), "K251", "a section has no 'titel'", "did you mean title"),
    (lambda o: summary(o).update(id="strategy"), "K256", "section strategy is written twice", "use: id"),
    (lambda o: o["documents"].pop("buyer_order"), "K255", "deal.outline may come out as buyer_order, and has no document for it", ""),
    (lambda o: o["documents"].update(realm3_outline=USE), "K254", "'realm3_outline' is no option of deal.outline", "did you mean realm"),
    (lambda o: o["documents"].update(realm1_outline={**USE, "sections": [{"use": "sumary"}]}), "K258",
     "there is no section 'sumary' to use", "did you mean summary"),
    (lambda o: o.update(decision="deal.outlin"), "K253", f"'deal.outlin' {PICKS}", "did you mean deal.outline"),
    (lambda o: o.update(decision="deal.architecture"), "K253", f"'deal.architecture' {PICKS}", "deal.outline"),
    (lambda o: o["trace"].update(of="ned"), "K257", "'ned' is no entity", "did you mean need"),
    (lambda o: o["themes"]["columns"][0].pop("empty"), "K251", "columns needs 'empty'", ""),
    (lambda o: o["counted"].append({"no": {"need": {}}}), "K252", "`counted` says which rows count, by their attributes", ""),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "message", "help"), MISTAKES, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_written_wrong_in_an_outline_is_named_with_its_place(
    tmp_path: Path, change: Change, code: str, message: str, help: str
) -> None:
    found = [p for p in mistakes(tmp_path, change) if p.code == code]
    assert message in [p.message for p in found]
    problem = next(p for p in found if p.message == message)
    assert help in problem.help
    assert problem.places[0].source.file.endswith("outlines.yaml")
    assert problem.places[0].line > 0


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    def change(outlines: dict[str, Any]) -> None:
        summary(outlines)["from"] += ["need.drivr", "deal.stag"]
        outlines["documents"].pop("buyer_order")

    assert {"R220", "K255"} <= {p.code for p in mistakes(tmp_path, change)}
    assert len([p for p in read_base(tmp_path / "k").problems if p.code == "R220"]) == 2


def test_other_rules_need_no_other_outlines(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "knowledge", tmp_path / "k")
    shutil.rmtree(tmp_path / "k" / "rules")
    (tmp_path / "k" / "rules").mkdir()
    (tmp_path / "k" / "rules" / "one.yaml").write_text(
        dedent(rule(1, "need: {clarity: vague}", "need.content_start: need")), encoding="utf-8"
    )
    (tmp_path / "k" / "locks.yaml").unlink()
    knowledge = read_base(tmp_path / "k").usable()
    deal = tmp_path / "deal.yaml"
    deal.write_text("needs: [{name: main, clarity: vague}]\n", encoding="utf-8")
    found = solution(consult(knowledge, read_dossier(deal, knowledge.vocabulary), ON))
    assert found["document"]["id"] == "realm2_outline"


# --- about something else entirely

PUMPS = """
    decision: plant.run
    listed_in: report
    when:
      - no: {plant: {shift: night}}
    documents:
      stop:
        title: Why it stands
        source: plant handbook
        sections:
          - id: cause
            title: Cause
            from: [pump.fluid, pump.speed]
            write:
              - {text: "{pump.name} carries {pump.fluid}.", when: [pump: {fluid: acid}]}
              - {text: "Open {pump.name} by hand.", when: [pump: {fluid: acid}], needs: {plant.shift: day}}
          - id: one
            title: "Page on {pump.name}"
            for: [pump: {fluid: known}]
            from: [pump.fluid]
            write: ["Say what {pump.name} is for."]
      careful: {title: With care, source: plant handbook, sections: [{use: cause}]}
      run: {title: Running, source: plant handbook, sections: [{use: cause, when: [pump: {fluid: oil}]}]}
    trace:
      title: Pumps
      source: plant handbook
      of: pump
      columns:
        - {id: flow, title: Flow, from: [pump.speed], empty: "Nobody has measured {pump.name}.",
           write: [{text: "{pump.speed} turns.", when: [pump: {speed: known}]}]}
"""


def test_a_base_about_pumps_writes_its_own_report(tmp_path: Path) -> None:
    folder = toy_base(tmp_path / "toy")
    (folder / "outlines.yaml").write_text(dedent(PUMPS), encoding="utf-8")
    knowledge = read_base(folder).usable()
    path = tmp_path / "plant.yaml"
    path.write_text(
        "plant: {pressure: 60}\npumps: [{name: north, fluid: acid}, {name: south, fluid: acid, speed: 900}]\n", encoding="utf-8"
    )
    report = consult(knowledge, read_dossier(path, knowledge.vocabulary), ON).as_json()["report"]
    assert report["document"] == {"id": "stop", "title": "Why it stands", "source": "plant handbook", "notes": []}
    assert [s["title"] for s in report["sections"]] == ["Cause", "Page on north", "Page on south"]
    assert report["sections"][0]["write"] == ["north and south carries acid."]
    assert [m["fact"] for m in report["sections"][0]["missing"]] == ["pump[north].speed"]
    assert report["sections"][1]["for"] == ["pump[north]"]
    assert report["held_back"] == [{"section": "cause", "needs": "plant.shift", "why": "plant.shift is (not known)."}]
    assert [(line["pump"], line["flow"]) for line in report["trace"]] == [("north", "Nobody has measured north."), ("south", "900 turns.")]
    assert report["themes"] == []


def test_a_base_without_outlines_has_no_document(tmp_path: Path) -> None:
    knowledge = read_base(toy_base(tmp_path / "toy")).usable()
    path = tmp_path / "plant.yaml"
    path.write_text("plant: {pressure: 60}\n", encoding="utf-8")
    consultation = consult(knowledge, read_dossier(path, knowledge.vocabulary), ON)
    assert "solution" not in consultation.as_json()
    assert consultation.document() == {}
