"""What people read: the first screen, and the whole of the advice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .advising import Consultation
from .asking import Question
from .blocks import Block, Heading, Items, Paragraph, Table, command
from .lines import Said
from .papers import paper
from .planning import Plan
from .records import derived, drafts, expired
from .reporting import Report
from .wording import capital

FIRST = 3
"""How many actions and questions the first screen shows."""


def first_screen(consultation: Consultation, rest: str, near: Sequence[Block] = ()) -> list[Block]:
    """Return the short answer: one decision, three actions, three questions, the plan, and what is `near` to it; `rest` is the
    command for more."""
    report = consultation.report(labels=True)
    page = _Page(consultation, report)
    return [
        *page.headline(FIRST),
        *page.actions(),
        *page.questions(FIRST),
        *page.plan_table(),
        *page.document_line(),
        *near,
        *page.footer(rest),
    ]


def handed_on(consultation: Consultation, rest: str, near: Sequence[Block] = ()) -> list[Block]:
    """Return the short answer with the document worked out under it."""
    page = _Page(consultation, consultation.report(labels=True))
    return [*first_screen(consultation, rest, near), *page.scores(), *page.document()]


def whole(consultation: Consultation, near: Sequence[Block] = ()) -> list[Block]:
    """Return everything: each decision with its reasons, each line, all questions, the plan with both lanes, what is `near`."""
    report = consultation.report(labels=True)
    page = _Page(consultation, report)
    return [
        *page.headline(None), *page.decisions(), *page.scores(), *page.lines(), *page.held_back(), *page.questions(None),
        *page.plan_table(), *page.plan_lanes(), *page.document(), *near, *page.notes(), *page.derived(), *page.drafts(), *page.fired(),
    ]  # fmt: skip


@dataclass(frozen=True)
class Act:
    """Something to do next, with what asks for it: a rule, or a line of the route."""

    text: str
    note: str
    rule: str = ""
    route: str = ""


def verdict(consultation: Consultation) -> list[Block]:
    """Return the main decision in one line, with its reason."""
    return list(_Page(consultation, consultation.report(labels=True)).verdict())


def first_acts(consultation: Consultation, labels: bool = True) -> list[Act]:
    """Return the few things to do next, by the labels that people read or by the bare words."""
    return _Page(consultation, consultation.report(labels)).first_acts()


@dataclass
class _Page:
    consultation: Consultation
    report: Report

    @cached_property
    def plan(self) -> Plan:
        return self.consultation.plan(self.report.speaker.labels)

    # --- the decision

    def headline(self, limit: int | None) -> Iterator[Block]:
        report, knowledge = self.report, self.consultation.knowledge
        dossier = self.consultation.dossier
        name = dossier.title or next((row.name for row in dossier.rows if row.name and not _many(knowledge, row.entity)), "")
        yield Heading(f"{name or dossier.file}, {self.consultation.on.isoformat()}", 1)
        if report.main is None:
            return
        yield from self.verdict()
        yield from self._firmness(report.decision(report.main), limit)
        for fact in expired(report):
            yield Paragraph(f"Not counted: {fact['fact']} = {fact['value']}, noted on {fact['on']} ({fact['why']}).")

    def verdict(self) -> Iterator[Block]:
        report, knowledge = self.report, self.consultation.knowledge
        main = report.main
        if main is None:
            return
        parts = []
        for decision in knowledge.decisions:
            if decision.headline and decision is not main and (shown := report.showing.shown(decision)) is not None:
                parts.append(f"{decision.title.lower()}: {report.label(decision, shown)}")
        shown = report.showing.shown(main)
        said = report.label(main, shown).upper() if shown is not None else f"No {main.title.lower()} can be named yet"
        yield Paragraph(f"{said}. {capital('; '.join(parts))}." if parts else f"{said}.")
        found = report.decision(main)
        if found["because"]:
            reason = found["because"][0]
            yield Paragraph(f"Because: {_sentence(reason['text'])} ({reason['rule']})")

    def _firmness(self, found: dict[str, Any], limit: int | None) -> Iterator[Block]:
        report = self.report
        main = report.main
        assert main is not None
        said = []
        if found["runner_up"]:
            said.append(f"next in line: {report.label(main, found['runner_up'])}")
        if found["weakest_grade"]:
            grades = {"assumed": "only assumed", "said": "one person's word", "shown": "shown"}
            said.append(f"weakest fact behind it: {grades[found['weakest_grade']]}")
        if found["provisional"]:
            said.append("provisional: " + ("an answer could bring a law, a veto or a must" if report.stop else self._turning(limit)))
        if said:
            yield Paragraph(capital("; ".join(said)) + ".")

    def _turning(self, limit: int | None) -> str:
        """Return which questions could change the main decision: one of those shown, or only others."""
        main = self.report.main
        shown = [c.decision for question in self._asked(limit) for c in question.could_change]
        if main and main.name in shown:
            return "an answer to a question below could change it"
        return "an answer to another question could change it (--all)"

    # --- what to do and to ask

    def actions(self) -> Iterator[Block]:
        if acts := self.first_acts():
            yield Heading("Do next", 2)
            yield Items(tuple((act.text, (act.note,)) for act in acts))

    def first_acts(self) -> list[Act]:
        """Return what to begin with: what rules ask for, then what the route does at this stage."""
        found = [Act(said.text, self._tag(said), rule=said.rule.id) for said in self._chosen()]
        if len(found) < FIRST and not self.report.showing.quiet:
            for tasks in (tasks for leg in self.plan.legs[:1] for tasks in leg.tasks.values()):
                found += [Act(t.text, f"route {t.route}, {t.owner}", route=t.route) for t in tasks if t.route]
        return found[:FIRST]

    def _chosen(self) -> list[Said]:
        """Return the acts to begin with, in their order: one for each set of facts, so that three do not say one thing
        thrice. What counts the open questions is left out, as the questions stand right below."""
        acts = [said for said in self.report.lines.acts() if not said.rule.waits_for_questions]
        seen: set[tuple[str, ...]] = set()
        chosen = []
        for said in acts:
            facts = tuple(sorted(fact["fact"] for fact in self.report.lines.because(said)[0]["facts"]))
            if facts not in seen or not facts:
                seen.add(facts)
                chosen.append(said)
        first = chosen[:FIRST] if len(chosen) >= FIRST else [*chosen, *(a for a in acts if a not in chosen)][:FIRST]
        return sorted(first, key=acts.index)

    def _tag(self, said: Said) -> str:
        line = said.line
        passed = bool(line.blocks) and (self.report.lines.stages_until(line.blocks) or 0) < 0
        where = f", {'was due ' if passed else ''}before {line.blocks}" if line.blocks else ""
        return f"{line.strength}{where}, {said.rule.id}: {said.rule.title[:1].lower()}{said.rule.title[1:]}"

    def questions(self, limit: int | None) -> Iterator[Block]:
        questions = self._asked(limit)
        if not questions and not self.report.stop:
            return
        yield Heading("Ask first" if limit else "Open questions", 2)
        items = []
        for question in questions:
            notes = []
            ask, whom = question.words(self.report.speaker)
            if whom:
                notes.append(f"ask {whom}")
            notes.append(question.fact)
            items.append((ask, ("; ".join(notes), *self._worth(question))))
        yield Items(tuple(items))
        if stop := self.report.stop:
            yield Paragraph(stop)

    def _asked(self, limit: int | None) -> list[Question]:
        """Return the questions to show: all, or the first of those that are worth asking now."""
        return [q for q in self.report.questions if self.report.asks_now(q)][:limit] if limit else self.report.questions

    def _worth(self, question: Question) -> Iterator[str]:
        """Yield why a question stands where it does, and the rules that answers could bring."""
        if question.open is None:
            return
        rules = list(dict.fromkeys(c.rule for c in question.could_change if c.rule))
        shown = ", ".join(rules[:3]) + (f" and {len(rules) - 3} more" if len(rules) > 3 else "")
        said = self.report.worth(question)
        yield f"{said}; could bring {shown}" if rules else said

    # --- the plan

    def plan_table(self) -> Iterator[Block]:
        plan = self.plan
        deadline = plan.calendar.deadline
        if not plan.legs:
            return
        yield Heading("Plan", 2)
        if self.report.showing.quiet:
            leg = plan.legs[0]
            yield Paragraph(f"Only what brings this stage to a good end, by {leg.last.isoformat()}. {leg.stage.leave_when}")
            return
        if deadline:
            yield Paragraph(f"Laid out back from the deadline on {deadline.isoformat()}.")
        for note in plan.notes:
            yield Paragraph(note)
        rows = tuple((leg.stage.title, leg.first.isoformat(), leg.last.isoformat(), leg.stage.leave_when) for leg in plan.legs)
        yield Table(("Stage", "From", "To", "Left when"), rows, (13, 10, 10, 40))
        route = self.consultation.knowledge.route
        assert route is not None
        for lane, made in plan.legs[0].stage.produce.items():
            yield Paragraph(f"Now, {route.lanes[lane]['title'].lower()} lane: {made[:1].lower()}{made[1:]}.")

    def plan_lanes(self) -> Iterator[Block]:
        plan = self.plan
        route = self.consultation.knowledge.route
        for leg in plan.legs:
            assert route is not None
            tasks = [(lane, found) for lane, found in leg.tasks.items() if found]
            if tasks:
                yield Heading(f"{leg.stage.title}, {leg.first.isoformat()} to {leg.last.isoformat()}", 3)
            for lane, found in tasks:
                yield Paragraph(
                    f"{route.lanes[lane]['title']} lane ({route.lanes[lane]['owner']}); to show: {leg.stage.produce.get(lane, '')}"
                )
                yield Items(
                    tuple((t.text, (f"{t.rule or 'route ' + t.route}" + (f", {t.days} d" if t.days else ""),)) for t in found), False
                )

    # --- the document

    @cached_property
    def papers(self) -> dict[str, Any]:
        return self.consultation.document(labels=True)

    def document_line(self) -> Iterator[Block]:
        if head := self.papers.get("document"):
            sections = len(self.papers["sections"])
            yield Paragraph(f"Document: {head['title'][:1].lower()}{head['title'][1:]}, in {sections} sections.")

    def document(self) -> Iterator[Block]:
        yield from paper(self.papers, self.consultation.knowledge.outlines)

    # --- the rest

    def notes(self) -> Iterator[Block]:
        """Yield what people noted beside the facts; no rule reads it."""
        if noted := [(row.address, (row.note,)) for row in self.consultation.dossier.rows if row.note]:
            yield Heading("Notes", 2)
            yield Items(tuple(noted), numbered=False)

    def footer(self, rest: str) -> Iterator[Block]:
        acts = {id(s) for s in self.report.lines.acts()[:FIRST]}
        lines = sum(id(s) not in acts for s in self.report.lines.said)
        held = self.report.lines.held_back
        questions = max(len(self.report.questions) - FIRST, 0)
        said = [
            f"{lines} more lines of advice",
            f"{questions} more questions",
            "the document, section by section" if self.papers.get("document") else "",
            "both lanes of the plan" if self.consultation.knowledge.route else "",
            "every reason",
        ]
        if held:
            what = f"what {len(held)} rules advise" if len(held) > 1 else "what one rule advises"
            yield Paragraph(f"Held back: {what}. {held[0]['why']}".rstrip())
        yield Paragraph(f"The rest ({'; '.join(word for word in said if word)}): {command(rest)}")

    def decisions(self) -> Iterator[Block]:
        yield Heading("Decisions and their reasons", 2)
        for decision in self.consultation.knowledge.decisions:
            if decision.derived:
                continue
            found = self.report.decision(decision)
            shown = self.report.showing.shown(decision)
            if shown is None and not found["because"] and not found["against"]:
                continue
            items = [(f"{_sentence(r['text'])} ({r['rule']})", tuple(_facts(r["facts"]))) for r in found["because"]]
            for r in found["against"]:
                beaten = f"{r['rule']}, beaten by {', '.join(r['beaten_by'])}"
                items.append((f"Not {self.report.label(decision, r['speaks_for'])}: {_sentence(r['text'])} ({beaten})", ()))
            pursued = found.get("if_pursued")
            eased = f" (if it were pursued: {self.report.label(decision, pursued)})" if pursued and pursued != found["choice"] else ""
            said = self.report.label(decision, shown) if shown is not None else "none"
            yield Heading(f"{decision.title}: {said}{eased}", 3)
            for row, outcome in self.report.inference.settlings[decision.key].per_row:
                if len(self.report.inference.settlings[decision.key].per_row) > 1:
                    yield Paragraph(f"{row.name}: {self.report.label(decision, outcome.choice) if outcome.choice else 'none'}")
            yield Items(tuple(items), numbered=False)

    def scores(self) -> Iterator[Block]:
        """Yield each scorecard as a table, the factors that nobody knows marked as such."""
        for score in self.report.scores:
            band = f", {score.band.says}" if score.band else ""
            yield Heading(f"Scorecard: {score.points} of {score.of}{band}", 2)
            rows = []
            for earned in score.factors:
                said = "; ".join(_facts(self.report.explainer.facts(earned.grounds)))
                asks = " ".join(f"Ask {whom}: {ask}" if whom else ask for ask, whom in earned.asks)
                points = "unknown" if earned.points is None else str(earned.points)
                rows.append((earned.factor, points, str(earned.of), said if earned.points is not None else asks or said))
            yield Table(("Factor", "Points", "Of", "Because"), tuple(rows), (22, 7, 3, 40))
            if score.unknown:
                yield Paragraph("What is unknown earns nothing until somebody knows.")
            if score.differs:
                yield Paragraph(f"Warning: {score.differs}")

    def lines(self) -> Iterator[Block]:
        now = self.report.lines.now
        later = [s for s in self.report.lines.said if not s.beaten and s not in now]
        aside = [s for s in self.report.lines.said if s.beaten]
        for title, found in (("Advice", now), ("If it reopens", later), ("What goes with options that were not taken", aside)):
            if found:
                yield Heading(title, 2)
                yield Items(tuple((s.text, (self._line_note(s),)) for s in found))

    def _line_note(self, said: Said) -> str:
        facts = self.report.lines.because(said)[0]["facts"]
        beaten = f"; beaten by {', '.join(said.beaten)}" if said.beaten else ""
        return f"{self._tag(said)}; {'; '.join(_facts(facts)) or 'always'}{beaten}; source: {said.rule.source}"

    def held_back(self) -> Iterator[Block]:
        found = self.report.lines.held_back
        if found:
            yield Heading("Held back", 2)
            for why in dict.fromkeys(entry["why"] for entry in found):
                rules = ", ".join(entry["rule"] for entry in found if entry["why"] == why)
                yield Paragraph(f"{why} So these rules hold lines back: {rules}.")

    def derived(self) -> Iterator[Block]:
        found = derived(self.report)
        if found:
            yield Heading("Derived facts", 2)
            yield Table(("Fact", "Value"), tuple((k, str(v)) for k, v in found.items()), (40, 30))

    def drafts(self) -> Iterator[Block]:
        found = drafts(self.report)
        if found:
            yield Heading("Rules on trial would add", 2)
            yield Items(tuple((entry["would_add"], (entry["rule"],)) for entry in found), False)

    def fired(self) -> Iterator[Block]:
        yield Heading("Rules that fired", 2)
        yield Paragraph(" ".join(self.consultation.showing.fired))


def _facts(facts: Sequence[dict[str, Any]]) -> list[str]:
    found = []
    for fact in facts:
        value = ", ".join(fact["value"]) if isinstance(fact["value"], list) else fact["value"]
        if value is None:
            found.append(f"{fact['fact']} not known")
            continue
        if value in ("recorded", "none recorded"):
            found.append(f"{fact['fact']} {value}" if value == "recorded" else f"none recorded of {fact['fact']}")
            continue
        said = [fact["grade"]] if fact["grade"] else []
        said += [f"by {fact['by']}"] if fact["by"] else []
        said += [f"on {fact['on']}"] if fact["on"] else []
        found.append(f"{fact['fact']} = {value}" + (f" ({', '.join(said)})" if said else ""))
    return found


def _many(knowledge: Any, entity: str) -> bool:
    return bool(knowledge.vocabulary.entities[entity].many)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else text + "."
