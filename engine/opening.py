"""Opens what a command is given: a dossier, or a stored case at one of its steps or with one of its flips."""

from __future__ import annotations

import datetime
from pathlib import Path

from .facts import Dossier
from .problems import Problem, Unusable, nearest, one_of
from .reading.cases import NO_RULE, Case, is_case, read_case
from .reading.dossiers import read_dossier
from .reading.nodes import read_node, read_text
from .rules import Knowledge


def opened(path: Path, knowledge: Knowledge, flip: str | None = None, on: datetime.date | None = None) -> Dossier:
    """Return the dossier to work out: of a case what was known on a date (at the end without one), or one of its flips.

    Raises Unusable with every problem.
    """
    if not is_case(read_node(read_text(path))):
        if flip is not None:
            raise Unusable([Problem("C110", f"{path} is a dossier; only a stored case has flips")])
        return read_dossier(path, knowledge.vocabulary)
    case = read_case(path, knowledge)
    if flip is None:
        known = [step for step in case.steps if on is None or step.on <= on] or case.steps[:1]
        return known[-1].dossier
    if flip not in case.flips:
        raise Unusable([Problem("C111", f"case {case.id} has no flip {flip!r}", (case.place,), one_of(flip, case.flips))])
    return case.flips[flip].dossier


def opened_case(word: str, folder: Path, knowledge: Knowledge) -> Case:
    """Return the stored case that a word names: a file, or the id of a case in a folder. Raises Unusable with every problem.

    A rule that it expects something of may be missing from the rule base: that is a finding, and no mistake in the file.
    """
    path = Path(word)
    if not path.is_file() and path.suffix not in (".yaml", ".yml") and len(path.parts) == 1:
        path = folder / f"{word}.yaml"
        if not path.is_file():
            near = nearest(word, (p.stem for p in folder.glob("*.yaml")))
            help = f"did you mean {near}? " if near else ""
            raise Unusable([Problem("C112", f"there is no stored case {word!r}", (), f"{help}name a case of {folder}, or the file of one")])
    node = read_node(read_text(path))
    if node is not None and not is_case(node):
        help = "a case has steps, what happened and a lesson; `advise` takes dossiers too"
        raise Unusable([Problem("C113", f"{path} is no case", (node.place,), help)])
    return read_case(path, knowledge, forgiven={NO_RULE})
