"""The house: imports go down only, experta and the printing libraries each have one door, the engine asks no clock."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from conftest import ROOT

ENGINE = ROOT / "engine"
CORE = [
    {"blocks", "problems"}, {"layouts", "terms", "writing"}, {"conditions", "facts"}, {"clashing", "texts"}, {"outlines"}, {"rules"},
    {"reading"}, {"caching", "ordering", "world"}, {"emitting", "evaluating", "hearing", "settling"},
    {"compiling", "limits", "nearing", "speaking"}, {"program"}, {"inferring"}, {"matching", "wording", "showing", "tracing"}, {"saying"},
    {"explaining", "flipping", "phrasing", "planning", "supposing"}, {"telling", "waiting"}, {"recounting", "weighing"}, {"asking"},
    {"scoring"}, {"lines"}, {"reporting"}, {"records"}, {"claiming", "contradicting", "habits", "outlining", "papers"},
    {"advising", "checking", "looking", "opening", "subjects", "unlocking"}, {"acts", "differing", "proving", "verdicts"},
    {"failing"}, {"pages", "reasons", "rulebook", "wordbook"}, {"flips", "obstacles", "whatifs"},
]  # fmt: skip
# What is built on the core, each in a folder of its own: its modules by level, and the folders that it may use.
PARTS = {
    "stories": [{"learning"}, {"drafting", "replaying", "turning"}, {"recordbook", "walking"}, {"storybook"}],
    "past": [{"revising"}, {"causing"}, {"revisiting"}, {"changebook"}, {"hindsight"}],
    "likeness": [{"sketching"}, {"resembling"}, {"recalling"}, {"likening"}, {"parallels"}],
    "interview": [{"editing"}, {"keeping"}, {"climbing", "prompting"}, {"sitting"}, {"interviewing"}],
    "school": [
        {"grading", "marks", "naming", "printing", "storing"}, {"exporting", "mastery", "picking", "recording", "scoresheet"}, {"choosing"},
        {"exercising", "markbook"}, {"classbook", "contrasting", "distracting", "hinting", "arguing"}, {"cards", "examining"}, {"leaves"},
        {"training"}, {"handouts", "schooling"}, {"packing"},
    ],
}  # fmt: skip
USES = {"past": {"stories"}, "school": {"stories"}}
LEVEL = {(part, name): n for part, levels in {"": CORE, **PARTS}.items() for n, names in enumerate(levels) for name in names}
# The reader of a whole base puts its rules in order at the end, with a function that knows records only.
ALLOWED = {("reading", "ordering")}


def imports(path: Path) -> list[tuple[str, str]]:
    """Return what a file imports: (module, name) with relative ones as `.module`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [("." * node.level + (node.module or ""), alias.name) for alias in node.names]
    return found


def at(path: Path) -> tuple[str, str]:
    """Return the part of the engine that a file belongs to (empty: the core, `reading` in it), and its module."""
    first, *rest = path.relative_to(ENGINE).with_suffix("").parts
    return (first, rest[0]) if first in PARTS else ("", first)


def targets(path: Path) -> list[tuple[str, str]]:
    """Return the parts and modules that a file imports of the engine; what `reading` imports of itself is left out."""
    found = []
    part, folder = at(path)[0], path.parent
    for module, name in imports(path):
        if module.startswith("."):
            up = folder if not module.startswith("..") else folder.parent
            words = [*up.relative_to(ENGINE).parts, *module.lstrip(".").split(".")]
            words = [word for word in (*words, name) if word]
            found.append((words[0], words[1]) if words[0] in PARTS else ("", words[0]))
    return [target for target in found if target != at(path) or part in PARTS]


def test_imports_inside_the_engine_are_relative_and_go_down() -> None:
    wrong = []
    for path in ENGINE.rglob("*.py"):
        assert not any(module.startswith("engine") for module, _ in imports(path)), f"{path} imports by a full name"
        part, own = at(path)
        for there, target in targets(path):
            below = LEVEL[there, target] < LEVEL[part, own] if there == part else not there or there in USES.get(part, ())
            if not below and (own, target) not in ALLOWED:
                wrong.append(f"{part or 'core'}: {own} imports {there} {target}")
    assert wrong == []


def test_every_module_has_its_level() -> None:
    there = {at(path) for path in ENGINE.rglob("*.py") if path.stem != "__init__"}
    assert there == LEVEL.keys()


def test_only_matching_imports_experta_and_only_the_command_prints() -> None:
    for path in ENGINE.rglob("*.py"):
        modules = {module.partition(".")[0] for module, _ in imports(path)}
        assert "experta" not in modules or path.name == "matching.py"
        assert not modules & {"click", "tabulate"}, path
        assert not re.search(r"\bprint\(", path.read_text(encoding="utf-8")), path


def test_the_engine_never_asks_the_clock_or_chance() -> None:
    for path in ENGINE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not any(word in text for word in ("today()", ".now(", "import random", "import time", "utcnow")), path


def test_no_module_of_the_knowledge_is_code() -> None:
    assert list((ROOT / "knowledge").rglob("*.py")) == []
