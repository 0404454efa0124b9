"""Opens what a command is given: a dossier, or a stored case at one of its steps or with one of its flips."""

from __future__ import annotations

import datetime
from pathlib import Path

from .facts import Dossier
from .problems import Problem, Unusable, one_of
from .reading.cases import is_case, read_case
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
