"""Lays the route out on the calendar from the present stage on, with what the route and the rules ask for at each stage."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .evaluating import TRUE, holds
from .inferring import Inference
from .rules import End, Route, Stage
from .saying import sayings
from .wording import Speaker

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Task:
    """Something to do, asked for by a rule or by a line of the route."""

    text: str
    lane: str
    owner: str
    rule: str = ""
    route: str = ""
    days: int | None = None


@dataclass(frozen=True)
class Leg:
    """A stage on the calendar; `tasks` by lane, `produce` what each lane has to show at its end."""

    stage: Stage
    first: datetime.date
    last: datetime.date
    tasks: Mapping[str, tuple[Task, ...]]


@dataclass(frozen=True)
class Calendar:
    """First and last day of each stage ahead; before a deadline, the working days that are wanted and those there are, and
    how its date was read where that is not plain."""

    spans: tuple[tuple[datetime.date, datetime.date], ...] = ()
    deadline: datetime.date | None = None
    needed: int = 0
    available: int = 0
    read: str = ""

    @property
    def fits(self) -> bool:
        return self.deadline is None or self.needed <= self.available


@dataclass(frozen=True)
class Plan:
    """The legs still ahead; `notes` say what was assumed and where the calendar does not fit."""

    legs: tuple[Leg, ...] = ()
    calendar: Calendar = Calendar()
    notes: tuple[str, ...] = ()


def present_stage(inference: Inference) -> tuple[str, bool]:
    """Return the present stage, and whether it was assumed."""
    route = inference.knowledge.route
    assert route is not None
    held = inference.world.value(inference.world.single(route.stage.entity), route.stage.attribute)
    return (str(held), False) if held is not None else (route.assume["stage"], True)


def planned(inference: Inference, tasks: Iterable[tuple[str, Task]], on: datetime.date, speaker: Speaker, quiet: str | None) -> Plan:
    """Return the plan from a date on.

    `tasks` are what rules ask for, each with its stage (empty: the present one); one whose stage is past moves to the
    present stage. While the main decision quiets the plan (`quiet` is its choice) only the present stage is planned, and
    only with those tasks.
    """
    route = inference.knowledge.route
    if route is None:
        return Plan()
    names = [stage.name for stage in route.stages]
    present, assumed = present_stage(inference)
    if present not in names:
        return Plan()
    ahead = route.stages[names.index(present) :]
    band, band_assumed = _band(route, inference)
    notes = []
    if assumed:
        notes.append(f"The stage is not known; the plan starts at {present}.")
    if band_assumed:
        notes.append(f"The size is not known; the days are those of a {band} one.")
    calendar = _calendar(route, ahead, band, on, inference)
    by_stage: dict[str, list[Task]] = {stage.name: [] for stage in ahead}
    for stage_name, task in tasks:
        by_stage[stage_name if stage_name in by_stage else present].append(task)
    legs = []
    for stage, (first, last) in zip(ahead, calendar.spans, strict=True):
        own = [*by_stage[stage.name], *([] if quiet is not None else _route_tasks(route, stage, inference, speaker))]
        lanes = {lane: tuple(t for t in own if t.lane == lane) for lane in route.lanes}
        legs.append(Leg(stage, first, last, lanes))
    if quiet is not None:
        return Plan((_closing(legs[0], route, quiet, on),), notes=tuple(notes[:1]) if assumed else ())
    if calendar.read:
        notes.append(calendar.read)
    if not calendar.fits:
        notes.append(
            f"{calendar.needed} working days are wanted before {calendar.deadline} and {calendar.available} are left: "
            "the stages are pressed together; cut scope, say what is left out."
        )
    return Plan(tuple(legs), calendar, tuple(notes))


def _closing(leg: Leg, route: Route, choice: str, on: datetime.date) -> Leg:
    """Return the present stage as it is brought to an end while a choice quiets the plan."""
    ending = route.quiet.get(choice)
    if ending is None:
        return leg
    last = leg.last if ending.days is None else _plus(_workday(on), ending.days)
    return Leg(replace(leg.stage, leave_when=ending.leave_when, produce={}), leg.first, last, leg.tasks)


def _band(route: Route, inference: Inference) -> tuple[str, bool]:
    held = inference.world.value(inference.world.single(route.band.entity), route.band.attribute)
    return (str(held), False) if held is not None else (route.assume["band"], True)


def _calendar(route: Route, ahead: tuple[Stage, ...], band: str, on: datetime.date, inference: Inference) -> Calendar:
    """Lay the stages out one after the other, Monday to Friday; those up to a deadline end on it.

    The present stage takes up the slack before a deadline that is far; before one that is near the stages are pressed
    into the days that are left, in proportion.
    """
    days = [stage.days[band] for stage in ahead]
    end = _deadline(route, ahead, inference)
    if end is None:
        return Calendar(_forward(days, _workday(on)))
    ended, index, left = end
    deadline = on + left * DAY
    last = _workday(deadline, back=True)
    first = _workday(on)
    available = _workdays(first, last)
    before = days[: index + 1]
    needed = sum(before)
    if available < 1:
        spans: tuple[tuple[datetime.date, datetime.date], ...] = tuple((first, first) for _ in before)
    elif needed <= available:
        spans = _forward([before[0] + available - needed, *before[1:]], first)
    else:
        spans = _pressed(before, first, available)
    after = _forward(days[index + 1 :], _workday(max(spans[-1][1], deadline) + DAY))
    return Calendar((*spans, *after), deadline, needed, max(available, 0), ended.say)


def _deadline(route: Route, ahead: tuple[Stage, ...], inference: Inference) -> tuple[End, int, int] | None:
    """Return what a known date ends, which of the stages ahead that is, and the calendar days left to it."""
    if route.deadline is None:
        return None
    left = inference.world.value(inference.world.single(route.deadline.entity), route.deadline.attribute)
    names = [stage.name for stage in ahead]
    if isinstance(left, str | tuple) or left is None:
        return None
    for end in route.ends:
        if end.stage in names and holds(end.when, inference.world, inference.knowledge) is TRUE:
            return end, names.index(end.stage), int(left)
    return None


def _forward(days: Iterable[int], start: datetime.date) -> tuple[tuple[datetime.date, datetime.date], ...]:
    spans = []
    for number in days:
        last = _plus(start, max(number, 1) - 1)
        spans.append((start, last))
        start = _plus(last, 1)
    return tuple(spans)


def _pressed(days: list[int], first: datetime.date, available: int) -> tuple[tuple[datetime.date, datetime.date], ...]:
    """Spread too many days over too few: each stage keeps its share, and short ones share a day."""
    total = sum(days)
    spans = []
    passed = 0
    for number in days:
        start = min(passed * available // total, available - 1)
        passed += number
        stop = max(min(-(-passed * available // total), available) - 1, start)
        spans.append((_plus(first, start), _plus(first, stop)))
    return tuple(spans)


def _workday(day: datetime.date, back: bool = False) -> datetime.date:
    while day.weekday() > 4:
        day += -DAY if back else DAY
    return day


def _plus(day: datetime.date, days: int) -> datetime.date:
    for _ in range(days):
        day = _workday(day + DAY)
    return day


def _workdays(first: datetime.date, last: datetime.date) -> int:
    if last < first:
        return 0
    return sum((first + n * DAY).weekday() < 5 for n in range((last - first).days + 1))


def _route_tasks(route: Route, stage: Stage, inference: Inference, speaker: Speaker) -> list[Task]:
    found = []
    for activity in stage.activities:
        if holds(activity.says.needs, inference.world, inference.knowledge) is not TRUE:
            continue
        for saying in sayings(activity.says, inference, speaker):
            owner = route.lanes[activity.lane]["owner"]
            found.append(Task(saying.text, activity.lane, owner, route=activity.id, days=activity.days))
    return found
