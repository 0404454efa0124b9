"""The house: imports go down only, experta and the printing libraries each have one door, the engine asks no clock."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from conftest import ROOT

ENGINE = ROOT / "engine"
LEVELS = [
    {"blocks", "grading", "marks", "problems"}, {"exporting", "layouts", "mastery", "naming", "storing", "terms", "writing"},
    {"choosing", "printing", "recording"}, {"conditions", "facts"}, {"texts"}, {"outlines"}, {"rules"}, {"reading"},
    {"editing", "ordering", "revising", "world"}, {"emitting", "evaluating", "hearing", "learning", "settling"}, {"keeping"},
    {"compiling", "limits", "nearing", "speaking"}, {"program"}, {"inferring"},
    {"matching", "wording", "showing", "tracing"}, {"saying"},
    {"explaining", "flipping", "phrasing", "planning", "sketching"}, {"resembling", "telling", "waiting"}, {"recalling", "weighing"},
    {"asking", "likening"}, {"scoring"}, {"reporting"},
    {"outlining", "papers"}, {"advising", "checking", "exercising", "looking", "opening", "subjects", "unlocking"},
    {"contrasting", "differing", "drafting", "proving", "turning", "replaying"}, {"arguing", "causing", "failing", "hinting", "walking"},
    {"revisiting"}, {"changebook", "pages", "parallels", "reasons", "recordbook", "rulebook", "wordbook"},
    {"examining", "hindsight", "obstacles", "scoresheet", "storybook", "whatifs"},
    {"cards", "climbing", "markbook", "prompting", "training"}, {"classbook", "handouts", "sitting"},
    {"interviewing", "packing", "schooling"},
]  # fmt: skip
LEVEL = {name: number for number, names in enumerate(LEVELS) for name in names}
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


def own(path: Path) -> str:
    return path.relative_to(ENGINE).parts[0].removesuffix(".py")


def test_imports_inside_the_engine_are_relative_and_go_down() -> None:
    wrong = []
    for path in ENGINE.rglob("*.py"):
        for module, _ in imports(path):
            assert not module.startswith("engine"), f"{path} imports {module} by its full name"
            below = "reading" in path.parts
            if module.startswith(".." if below else "."):
                target = module.lstrip(".").partition(".")[0]
                if target and own(path) != "__init__" and own(path) != target and LEVEL[target] >= LEVEL[own(path)]:
                    wrong += [f"{path.name} imports {target}"] if (own(path), target) not in ALLOWED else []
    assert wrong == []


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
