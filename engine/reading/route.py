"""Reads route.yaml: stages, lanes, what each produces, days, and the lines that a stage always asks for."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from ..problems import Problem, one_of
from ..rules import Activity, End, Quiet, Route, Stage
from ..terms import Vocabulary
from .forms import Form, filled, place_of
from .nodes import Mapping, Node, Scalar
from .sentences import read_sentence
from .terms import Dotted
from .texts import TextReader


class LaneForm(Form):
    title: str
    owner: str


class EndForm(Form):
    stage: str
    when: Any
    say: str = ""


class DeadlineForm(Form):
    fact: Dotted
    ends: tuple[EndForm, ...]


class ActivityForm(Form):
    id: str
    text: str
    days: Annotated[int, Field(ge=0)] | None = None
    when: Any = None
    needs: Any = None


class StageLaneForm(Form):
    produce: str
    activities: tuple[ActivityForm, ...] = ()


class StageForm(Form):
    stage: str
    title: str
    days: dict[str, Annotated[int, Field(ge=0)]]
    leave_when: str
    lanes: dict[str, StageLaneForm]


class AssumeForm(Form):
    stage: str
    band: str


class QuietForm(Form):
    leave_when: str
    days: Annotated[int, Field(gt=0)] | None = None


class RouteForm(Form):
    stage: Dotted
    band: Dotted
    assume: AssumeForm
    lanes: dict[str, LaneForm]
    stages: tuple[StageForm, ...]
    deadline: DeadlineForm | None = None
    quiet: dict[str, QuietForm] = {}
    arrived: str = ""


def read_route_form(node: Node | None, vocabulary: Vocabulary, problems: list[Problem]) -> RouteForm | None:
    """Return the form of the route, checked against the vocabulary's stages and bands; None where there is no route."""
    if node is None:
        return None
    form = filled(RouteForm, node, problems, "the route", "K231")
    if form is None:
        return None
    stages, bands = (_words(getattr(form, key), key, vocabulary, node, problems) for key in ("stage", "band"))
    if not stages or not bands:
        return None

    def check(word: str, words: tuple[str, ...], what: str, path: tuple[int | str, ...]) -> None:
        if word not in words:
            problems.append(Problem("K232", f"{word!r} is no {what}", (place_of(node, path)[0],), one_of(word, words)))

    check(form.assume.stage, stages, "stage", ("assume", "stage"))
    check(form.assume.band, bands, "band", ("assume", "band"))
    if form.arrived:
        check(form.arrived, stages, "stage", ("arrived",))
    for i, stage in enumerate(form.stages):
        check(stage.stage, stages, "stage", ("stages", i, "stage"))
        for lane in stage.lanes:
            check(lane, tuple(form.lanes), "lane", ("stages", i, "lanes", lane))
        if set(stage.days) != set(bands):
            place = place_of(node, ("stages", i, "days"))[0]
            problems.append(Problem("K233", f"stage {stage.stage} needs days for each of {', '.join(bands)}", (place,)))
    if [s.stage for s in form.stages] != [s for s in stages if s in {f.stage for f in form.stages}]:
        place = place_of(node, ("stages",))[0]
        problems.append(Problem("K234", f"the stages do not stand in the order of {form.stage}, each once", (place,)))
    return form


def _words(dotted: str, key: str, vocabulary: Vocabulary, node: Node, problems: list[Problem]) -> tuple[str, ...]:
    entity, _, name = dotted.partition(".")
    attribute = vocabulary.attribute(entity, name)
    if attribute is None or not attribute.values or vocabulary.entities[entity].many:
        problems.append(Problem("K235", f"{dotted!r} is not a word of a single entity", (place_of(node, (key,))[0],)))
        return ()
    return attribute.values


def sums(form: RouteForm | None) -> dict[str, dict[str, int]]:
    """Return the tables that figures may be summed from: the days of all stages by band."""
    if form is None:
        return {}
    bands = list(form.stages[0].days) if form.stages else []
    return {"route.days": {band: sum(s.days.get(band, 0) for s in form.stages) for band in bands}}


def read_route(form: RouteForm, node: Node, reader: TextReader) -> Route:
    """Return the route with its conditions and texts read in the language of the rules."""

    def at(*path: int | str) -> Node:
        return place_of(node, path)[1]

    stages = []
    ids: dict[str, Node] = {}
    for i, stage in enumerate(form.stages):
        activities = []
        for lane, spec in stage.lanes.items():
            for j, activity in enumerate(spec.activities):
                line = at("stages", i, "lanes", lane, "activities", j)
                assert isinstance(line, Mapping)
                if activity.id in ids:
                    places = (line.place, ids[activity.id].place)
                    reader.problems.append(Problem("K236", f"{activity.id} is used twice", places))
                ids[activity.id] = line
                activities.append(_activity(activity, lane, line, reader))
        produce = {lane: spec.produce for lane, spec in stage.lanes.items()}
        stages.append(Stage(stage.stage, stage.title, stage.days, stage.leave_when, produce, tuple(a for a in activities if a)))
    scope = reader.scope()
    deadline = reader.ref(Scalar(form.deadline.fact, at("deadline", "fact").place), scope) if form.deadline else None
    ends = []
    for i, end in enumerate(form.deadline.ends if form.deadline else ()):
        ends.append(End(end.stage, reader.conditions(at("deadline", "ends", i, "when"), reader.scope()), end.say))
    stage_ref = reader.ref(Scalar(form.stage, at("stage").place), scope)
    band_ref = reader.ref(Scalar(form.band, at("band").place), scope)
    assert stage_ref and band_ref
    quiet = {choice: Quiet(spec.leave_when, spec.days) for choice, spec in form.quiet.items()}
    lanes = {name: {"title": lane.title, "owner": lane.owner} for name, lane in form.lanes.items()}
    return Route(stage_ref, band_ref, form.assume.model_dump(), lanes, tuple(stages), deadline, quiet, tuple(ends), form.arrived)


def _activity(form: ActivityForm, lane: str, line: Mapping, reader: TextReader) -> Activity | None:
    says = read_sentence(line, reader.scope(), reader, "an activity")
    return Activity(form.id, says, lane, form.days) if says else None
