"""Finds files of a knowledge base that are not read, and that somebody may well think are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..problems import Place, Problem, Source, likely
from .nodes import ENDINGS

MAIN = ("vocabulary", "figures", "decisions", "route", "outlines", "locks")
"""The files that stand beside each other, without their ending."""
FOLDERS = {"rules": ".yaml", "scorecards": ".csv"}
_RULES = re.compile(rb"(?m)^- +id:")
_MAY_LIE_THERE = re.compile(r"\.|readme|.*~$", re.IGNORECASE)


def strays(folder: Path, shown: Path) -> Iterator[Problem]:
    """Yield files that nothing reads: as errors those that hold rules, or that stand for a file that is missing."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from _in_folder(path, shown / path.name)
        elif path.suffix == ".csv" or (path.suffix == ".yaml" and path.stem not in MAIN and not path.name.startswith(".")):
            yield from _beside(path, shown / path.name)


def _beside(path: Path, shown: Path) -> Iterator[Problem]:
    """Yield a file that stands beside the vocabulary and is none of those that are read there."""
    missing = [name for name in MAIN if not (path.parent / f"{name}.yaml").exists()]
    meant = likely(path.stem, missing)
    where = "scorecards stand in scorecards/" if path.suffix == ".csv" else f"beside each other stand {', '.join(MAIN)}"
    help = f"did you mean {meant[0]}.yaml? {where}" if meant else f"{where}; rules stand in rules/"
    rules = path.suffix != ".csv" and bool(_RULES.search(path.read_bytes()))
    if rules:
        help = f"it holds rules: put it into rules/ as {path.with_suffix('.yaml').name}, or take it out of the folder"
    yield _not_read(shown, help, "error" if rules or meant else "warning")


def _in_folder(folder: Path, shown: Path) -> Iterator[Problem]:
    """Yield what is not read of a folder, of one that is read and of any other."""
    meant = likely(folder.name, FOLDERS)
    ending = FOLDERS.get(folder.name)
    for path in sorted(folder.rglob("*")) if meant else ():
        inside = path.relative_to(folder)
        if not path.is_file() or any(_MAY_LIE_THERE.match(part) for part in inside.parts):
            continue
        if ending is None or path.parent != folder:
            if path.suffix.lower() in (*ENDINGS[".yaml"], *ENDINGS[".csv"]):
                yield _not_read(shown / inside, f"put it into {meant[0]}/ itself, or take it out of the folder")
        elif path.suffix.lower() not in ENDINGS[ending]:
            yield _not_read(shown / inside, f"files in {folder.name}/ end in {ending}; name it so, or take it out of the folder")


def _not_read(shown: Path, help: str, severity: str = "warning") -> Problem:
    return Problem("Y119", f"{shown} is not read", (Place(Source(str(shown))),), help, severity)
