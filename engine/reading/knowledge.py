"""Reads a whole knowledge base: a folder with vocabulary, figures, decisions, route, outlines, rules, scorecards and locks."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..ordering import stratified
from ..problems import Place, Problem, Source, Unusable, has_errors
from ..rules import Knowledge, Rule
from .conditions import Reader
from .decisions import Decisions, derived_records
from .forms import plain
from .locks import Locks, check_locks, read_locks
from .nodes import Mapping, Node, Scalar, Sequence, files_in, read_node, read_text
from .outlines import read_outlines
from .route import read_route, read_route_form, sums
from .rules import RuleReader
from .scorecards import check_totals, read_scorecard
from .straying import strays
from .terms import read_figures, read_vocabulary, with_decided


@dataclass
class Base:
    """A knowledge base as read: the knowledge (None where it cannot be used) and all that is wrong with it.

    `unread` is what keeps files of it from being read: most of the other problems may come of what they would have said.
    """

    folder: Path
    problems: list[Problem] = field(default_factory=list)
    unread: list[Problem] = field(default_factory=list)
    knowledge: Knowledge | None = None
    locks: Locks = field(default_factory=lambda: Locks({}, {}))
    reader: RuleReader | None = None

    def usable(self, forgiven: Collection[str] = ()) -> Knowledge:
        """Return the knowledge. Raises Unusable with every problem where something is wrong (those of files that cannot be
        read, where there are some), those with a code in `forgiven` left out."""
        problems = [p for p in self.unread or self.problems if p.code not in forgiven]
        if self.knowledge is None or has_errors(problems):
            raise Unusable([p for p in problems if p.severity == "error"])
        return self.knowledge


def read_base(folder: Path, shown: Path | None = None) -> Base:
    """Return the knowledge base of a folder; `shown` is the folder as messages name it.

    Mistakes are in its `problems`. Raises Unusable where the folder or its vocabulary cannot be opened.
    """
    # Nodes and records all stay alive; looking through them for garbage while they grow would cost half as much again.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _read_base(folder, shown)
    finally:
        if collecting:
            gc.enable()


def _read_base(folder: Path, shown: Path | None) -> Base:
    base = Base(folder)
    reading = _Reading(folder, shown or folder, base)
    reading.check_folder()
    reading.files("", ".yaml")
    reading.check_strays()
    vocabulary_node = reading.node("vocabulary.yaml", needed=True)
    if vocabulary_node is None:
        return base
    before = len(base.problems)
    vocabulary, derived = read_vocabulary(vocabulary_node, base.problems)
    if len(base.problems) > before:
        return base
    derived_decisions = derived_records(vocabulary, derived, base.problems)
    decisions = Decisions(reading.named("decisions.yaml", "a decision"), vocabulary, base.problems)
    vocabulary = with_decided(vocabulary, decisions.attributes(vocabulary.main))
    route_node = reading.node("route.yaml")
    route_form = read_route_form(route_node, vocabulary, base.problems)
    figures_node = reading.named("figures.yaml", "a figure")
    figures = read_figures(figures_node, vocabulary, sums(route_form), base.problems)
    mistaken = decisions.mistaken | {f"figures.{name}" for name in _names(figures_node) - figures.keys()}
    mistaken |= {name for _, name in derived} - {d.name for d in derived_decisions}
    mistaken |= {"route"} if route_node is not None and route_form is None else set()
    reader = Reader(vocabulary, figures, base.problems, frozenset(mistaken))
    settled = [*derived_decisions, *decisions.records(reader)]
    cards = {name: read_scorecard(name, source, reader) for name, source in reading.scorecards()}
    places = {
        "lane": tuple(route_form.lanes) if route_form else (),
        "stage": tuple(s.stage for s in route_form.stages) if route_form else (),
        "score": tuple(cards),
    }
    base.reader = RuleReader(reader, {key: d for d in settled for key in d.keys}, places)
    before = len(base.problems)
    base.locks = read_locks(reading.node("locks.yaml"), base.problems)
    locks_read = len(base.problems) == before
    written = reading.rules(base.reader)
    if locks_read:
        base.problems += check_locks(base.locks, written, reading.ids if reading.whole else base.locks.hashes)
    rules = [rule for rule in written if rule.status != "retired"]
    strata, loops = stratified(rules, settled, cards)
    base.problems += loops
    base.problems += check_totals(rules, cards, vocabulary)
    route = read_route(route_form, route_node, base.reader) if route_form and route_node else None
    reading.check_missing()
    outlines = read_outlines(reading.node("outlines.yaml"), base.reader)
    base.knowledge = Knowledge(vocabulary, figures, tuple(settled), tuple(rules), cards, route, strata, outlines, reading.sha256())
    return base


def _names(node: Node | None) -> set[str]:
    return {key.text for key, _ in node.pairs} if isinstance(node, Mapping) else set()


_NAMED_BY = {"figures.yaml": {"R233"}, "route.yaml": {"R307"}, "decisions.yaml": {"R220", "R314"}}
"""What is found wrong with other files where one is missing."""


class _Reading:
    """Opens the files of a folder once, and keeps what they say for the hash of the whole."""

    def __init__(self, folder: Path, shown: Path, base: Base):
        self.folder = folder
        self.shown = shown
        self.problems = base.problems
        self.unread = base.unread
        self.said: dict[str, Any] = {}
        self.ids: set[str] = set()
        self.whole = True

    def check_folder(self) -> None:
        """Raise Unusable where the folder, or one in it, cannot be looked into."""
        for folder in (self.folder, self.folder / "rules", self.folder / "scorecards"):
            shown = self.shown / folder.relative_to(self.folder)
            try:
                next(folder.iterdir(), None)
                (folder / "vocabulary.yaml").exists()
            except FileNotFoundError:
                if folder == self.folder:
                    help = "name a folder with a vocabulary.yaml"
                    raise Unusable([Problem("Y101", f"there is no folder {shown}", (), help)]) from None
            except NotADirectoryError:
                raise Unusable([Problem("Y102", f"{shown} is a file, not a folder", (), "name a folder with a vocabulary.yaml")]) from None
            except OSError as error:
                raise Unusable([Problem("Y103", f"the folder {shown} cannot be read: {error.strerror}")]) from error

    def check_strays(self) -> None:
        """Note the files that nothing reads; those that hold rules, or stand for one that is missing, keep the rest from being judged."""
        found = list(strays(self.folder, self.shown))
        self.problems += found
        self.unread += [problem for problem in found if problem.severity == "error"]

    def check_missing(self) -> None:
        """Note a file that is missing, or holds nothing that can be named, where others name what would stand in it."""
        codes = {problem.code for problem in self.problems}
        for name, of in _NAMED_BY.items():
            source = Source(str(self.shown / name))
            if not codes & of or any(problem.places[0].source == source for problem in self.unread) or self.said.get(name):
                continue
            what = "is missing or empty"
            problem = Problem("K102", f"{source.file} {what}, and other files name what would stand in it", (Place(source),), "write it")
            self.problems.append(problem)
            if name != "decisions.yaml":  # without it a misspelt fact cannot be told from a decision
                self.unread.append(problem)

    def node(self, name: str, needed: bool = False) -> Node | None:
        path = self.folder / name
        if not path.exists() and not needed:
            return None
        try:
            node = read_node(read_text(path, str(self.shown / name)))
        except Unusable as error:
            if needed and not path.exists():
                raise
            self._not_read(error)
            return None
        if node is None and needed:
            place = Place(Source(str(self.shown / name)))
            self.problems.append(Problem("K101", f"{self.shown / name} is empty", (place,), "write the entities and their attributes"))
        if node is None and not needed and name != "locks.yaml":
            place = Place(Source(str(self.shown / name)))
            self.problems.append(Problem("K104", f"{self.shown / name} is empty", (place,), "write in it, or delete it", "warning"))
        if node is not None and name != "locks.yaml":
            self.said[name] = plain(node)
        return node

    def named(self, name: str, what: str) -> Node | None:
        """Return what a file of named things says, None after saying that it does not name them."""
        node = self.node(name)
        if node is None or isinstance(node, Mapping):
            return node
        problem = Problem("K103", f"{what} is written under its name", (node.place,), "write `name:` and the rest below it")
        self._not_read(Unusable([problem]))
        return None

    def scorecards(self) -> list[tuple[str, Source]]:
        found = []
        for path in self.files("scorecards", ".csv"):
            name = f"scorecards/{path.name}"
            try:
                source = read_text(path, str(self.shown / name))
            except Unusable as error:
                self._not_read(error)
                continue
            self.said[name] = source.text
            found.append((name, source))
        return found

    def files(self, folder: str, ending: str) -> list[Path]:
        """Return the files in a folder whose names end so, after saying which seem meant and do not."""
        misnamed: list[Problem] = []
        found = files_in(self.folder / folder, self.shown / folder, ending, misnamed)
        self.problems += misnamed
        self.unread += misnamed
        return found

    def _not_read(self, error: Unusable) -> None:
        self.problems += error.problems
        self.unread += error.problems

    def rules(self, reader: RuleReader) -> list[Rule]:
        """Return the rules of all files in id order, retired ones too, after saying where an id is used twice."""
        found: dict[str, Rule] = {}
        places: dict[str, Any] = {}
        unread = len(self.unread)
        for path in self.files("rules", ".yaml"):
            node = self.node(f"rules/{path.name}")
            for item in node.items if isinstance(node, Sequence) else ():
                id_node = item.get("id") if isinstance(item, Mapping) else None
                if isinstance(id_node, Scalar):
                    self.ids.add(id_node.text)
                    if id_node.text in places:
                        both = (id_node.place, places[id_node.text])
                        self.problems.append(Problem("R104", f"rule {id_node.text} is written twice", both, "ids are used once"))
                    places.setdefault(id_node.text, id_node.place)
            for rule in reader.rules(node):
                found.setdefault(rule.id, rule)
        self.whole = len(self.unread) == unread
        return [found[key] for key in sorted(found)]

    def sha256(self) -> str:
        """Return the hash of what the files say: rules by id, so that neither order nor layout nor file names count."""
        rules: dict[str, Any] = {}
        other: dict[str, Any] = {}
        for name, said in self.said.items():
            if name.startswith("rules/") and isinstance(said, list):
                rules.update({str(r.get("id")): r for r in said if isinstance(r, dict)})
            else:
                other[name] = said
        text = json.dumps([rules, other], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
