"""Writes the figures of a run into docs/performance.md, between two marks: the tables, and the aims beside what was reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tabulate import tabulate

from . import ROOT

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: `python -m benchmarks` writes all down to the end mark -->", "<!-- end of figures -->"
Results = Mapping[str, Any]


def write(results: Results, titles: Mapping[str, str]) -> None:
    """Put the figures in the place of those that the page has."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    assert after, f"{PAGE} has lost the marks between which figures stand"
    PAGE.write_text(f"{before}{BEGIN}\n\n{figures(results, titles)}\n\n{END}{after}", encoding="utf-8")


def figures(results: Results, titles: Mapping[str, str]) -> str:
    """Return the tables and the aims as Markdown."""
    machine = results["machine"]
    head = f"{machine['on']}; {machine['system']}, {machine['processor']}, {machine['cores']} cores, Python {machine['python']}."
    tables = [f"{title}\n\n{table(results[part])}" for part, title in titles.items() if part in results]
    said = ["## Last figures", f"{head} Milliseconds unless said otherwise.", "```text\n" + "\n\n\n".join(tables) + "\n```"]
    return "\n\n".join(
        [*said, "## Aims", tabulate(aims(results), headers=["aim", "reached", ""], tablefmt="github", disable_numparse=True)]
    )


def table(rows: Any) -> str:
    lines = tabulate(rows, headers="keys", missingval="-").splitlines()
    return "\n".join(line.rstrip() for line in lines)


def aims(results: Results) -> list[tuple[str, str, str]]:
    """Return each aim with what was reached, and whether that is enough."""
    return [(aim, *_judged(results, reached)) for aim, reached in _AIMS.items()]


def _judged(results: Results, reached: Callable[[Results], tuple[str, bool]]) -> tuple[str, str]:
    try:
        said, enough = reached(results)
    except (KeyError, StopIteration):
        return "not measured", ""
    return said, "reached" if enough else "missed"


def _ratio(column: str, least: float) -> Callable[[Results], tuple[str, bool]]:
    def reached(results: Results) -> tuple[str, bool]:
        found = {row["dossiers"]: row[column] for row in results["consultations"]}
        return ", ".join(f"{ratio} ({name})" for name, ratio in found.items()), min(found.values()) >= least

    return reached


def _floor(results: Results) -> tuple[str, bool]:
    ratio = results["floors"][0]["compiled/by hand"]
    return f"{ratio}", ratio <= 1.5


def _start(results: Results) -> tuple[str, bool]:
    found = {row["what"]: row["against libraries"] for row in results["start"]}
    return f"{found['realms advise']}; {found['nothing kept']} where no base is recalled", found["realms advise"] <= 2


def _linear(results: Results) -> tuple[str, bool]:
    found = {row["rules"]: row["read, us a rule"] for row in results["building"]}
    return f"{found[1000]} us a rule at 1,000, {found[5000]} at 5,000", found[5000] <= 1.25 * found[1000]


def _flat(results: Results) -> tuple[str, bool]:
    grown = {}
    for way in dict.fromkeys(row["way"] for row in results["memory"]):
        _, half, whole = (row["objects"] for row in results["memory"] if row["way"] == way)
        grown[way] = whole - half
    return ", ".join(f"{more} objects more ({way})" for way, more in grown.items()) + " in the second half", max(grown.values()) < 500


def _answered(results: Results) -> tuple[str, bool]:
    rows = [row for row in results["answering"] if row["aim"]]
    said = ", ".join(f"{row['asked']} {row['worst']} ({row['shell worst']} from the shell)" for row in rows)
    return f"at worst, ms: {said}", all(max(row["worst"], row["shell worst"]) <= row["aim"] for row in rows)


_AIMS: dict[str, Callable[[Results], tuple[str, bool]]] = {
    "bare 10 times CLIPS, shipped base": _ratio("CLIPS/bare", 10),
    "bare 200 times stock experta, shipped base": _ratio("stock/bare", 200),
    "compiled rules within 1.5 times the hand-written floor": _floor,
    "incremental 10 times a whole, shipped base": _ratio("bare/incremental", 10),
    "experta with our matcher 10 times stock": _ratio("stock/ours", 10),
    "`realms advise` within twice its libraries": _start,
    "a base of 5,000 rules loads in linear time": _linear,
    "memory flat over 10,000 consultations": _flat,
    "answers within 0.5 s, the search for flips within 2 s": _answered,
}
