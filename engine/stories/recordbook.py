"""What stored cases record beside what is advised now: all of them a line each, and where they differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..blocks import Block, Heading, Items, Page, Paragraph, Table
from ..wording import listed
from .replaying import Difference, Replay


def replays(found: Sequence[Replay]) -> Page:
    """Return all cases a line each, and below them what each records otherwise than it is advised now."""
    rows = []
    for replay in found:
        many = sum(len(differing) for _, differing in replay.runs)
        said = f"{many} difference{'s' * (many != 1)}" if many else "as recorded"
        rows.append((replay.case.id, str(len(replay.case.steps)), str(len(replay.case.flips)), said))
    blocks: list[Block] = [Table(("Case", "Steps", "Flips", "Advice"), tuple(rows), (40, 5, 5, 16))] if rows else []
    blocks.append(Paragraph(_summary(found)))
    for replay in found:
        for name, differing in replay.runs:
            if differing:
                blocks += [Heading(name, 3), _differences(differing)]
    return Page(tuple(blocks), [_replay_json(replay) for replay in found])


def _summary(found: Sequence[Replay]) -> str:
    runs, others = sum(len(replay.runs) for replay in found), sum(replay.differs for replay in found)
    outcome = f"{others} record{'s' * (others == 1)} another advice" if others else "the advice is as recorded"
    return f"{len(found)} case{'s' * (len(found) != 1)}, {runs} steps and flips: {outcome}."


def _replay_json(replay: Replay) -> dict[str, Any]:
    runs = [{"run": name, "differs": [dataclasses.asdict(d) for d in differing]} for name, differing in replay.runs]
    return {"case": replay.case.id, "as_recorded": not replay.differs, "runs": runs}


def recorded_otherwise(found: Sequence[Difference], who: str = "The case") -> Iterator[Block]:
    """Yield what somebody records otherwise than it is advised; nothing where all is as recorded."""
    if found:
        yield Heading(f"{who} records otherwise", 3)
        yield _differences(found)


def _differences(found: Iterable[Difference]) -> Items:
    return Items(tuple(_difference(entry) for entry in found), numbered=False)


def _difference(entry: Difference) -> tuple[str, tuple[str, ...]]:
    if entry.kind == "decision":
        by = f" (by {listed(entry.rules)})" if entry.rules else ""
        return f"{entry.what}: recorded {entry.recorded or 'none'}, now {entry.now or 'none'}{by}", ()
    should = "should fire and does not" if entry.kind == "fires" else "should be silent and fires"
    return f"{entry.what} {should}", (entry.why,)
