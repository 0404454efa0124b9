"""What was decided, as people read it: the main decision in one line, every decision with its reasons, the scorecards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .advising import Consultation
from .blocks import Block, Heading, Items, Paragraph, Table
from .reporting import Report
from .wording import capital


def verdict(consultation: Consultation) -> list[Block]:
    """Return the main decision in one line, with its reason; nothing where the knowledge names none as such."""
    report = consultation.report(labels=True)
    main = report.main
    if main is None:
        return []
    parts = []
    for decision in consultation.knowledge.decisions:
        if decision.headline and decision is not main and (shown := report.showing.shown(decision)) is not None:
            parts.append(f"{decision.title.lower()}: {report.label(decision, shown)}")
    shown = report.showing.shown(main)
    said = report.label(main, shown).upper() if shown is not None else f"No {main.title.lower()} can be named yet"
    blocks: list[Block] = [Paragraph(f"{said}. {capital('; '.join(parts))}." if parts else f"{said}.")]
    for reason in report.decision(main)["because"][:1]:
        blocks.append(Paragraph(f"Because: {_sentence(reason['text'])} ({reason['rule']})"))
    return blocks


def decisions(report: Report) -> Iterator[Block]:
    """Yield every decision with its reasons, and with what spoke for something else and lost."""
    yield Heading("Decisions and their reasons", 2)
    for decision in report.inference.knowledge.decisions:
        if decision.derived:
            continue
        found = report.decision(decision)
        shown = report.showing.shown(decision)
        if shown is None and not found["because"] and not found["against"]:
            continue
        items = [(f"{_sentence(r['text'])} ({r['rule']})", tuple(grounds(r["facts"]))) for r in found["because"]]
        for r in found["against"]:
            beaten = f"{r['rule']}, beaten by {', '.join(r['beaten_by'])}"
            items.append((f"Not {report.label(decision, r['speaks_for'])}: {_sentence(r['text'])} ({beaten})", ()))
        pursued = found.get("if_pursued")
        eased = f" (if it were pursued: {report.label(decision, pursued)})" if pursued and pursued != found["choice"] else ""
        said = report.label(decision, shown) if shown is not None else "none"
        yield Heading(f"{decision.title}: {said}{eased}", 3)
        for row, outcome in report.inference.settlings[decision.key].per_row:
            if len(report.inference.settlings[decision.key].per_row) > 1:
                yield Paragraph(f"{row.name}: {report.label(decision, outcome.choice) if outcome.choice else 'none'}")
        yield Items(tuple(items), numbered=False)


def scorecards(report: Report) -> Iterator[Block]:
    """Yield each scorecard as a table, the factors that nobody knows marked as such."""
    for score in report.scores:
        band = f", {score.band.says}" if score.band else ""
        yield Heading(f"Scorecard: {score.points} of {score.of}{band}", 2)
        rows = []
        for earned in score.factors:
            said = "; ".join(grounds(report.explainer.facts(earned.grounds)))
            asks = " ".join(f"Ask {whom}: {ask}" if whom else ask for ask, whom in earned.asks)
            points = "unknown" if earned.points is None else str(earned.points)
            rows.append((earned.factor, points, str(earned.of), said if earned.points is not None else asks or said))
        yield Table(("Factor", "Points", "Of", "Because"), tuple(rows), (22, 7, 3, 40))
        if score.unknown:
            yield Paragraph("What is unknown earns nothing until somebody knows.")
        if score.differs:
            yield Paragraph(f"Warning: {score.differs}")


def grounds(facts: Sequence[dict[str, Any]]) -> list[str]:
    """Return facts as reasons name them: value, grade, speaker and date."""
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


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else text + "."
