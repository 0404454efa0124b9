"""Checks a knowledge base, its cases, or files named one by one: everything wrong in them, at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .claiming import refuted, unfounded
from .contradicting import contradictions, contradictions_elsewhere
from .habits import habits, sentence_habits
from .ordering import stratified
from .problems import Place, Problem, Source, Unusable, has_errors, in_order
from .reading.cases import NO_RULE, UNWRITTEN, Case, case_of, is_case
from .reading.conditions import Reader
from .reading.dossiers import dossier_of
from .reading.knowledge import Base
from .reading.locks import check_locks
from .reading.nodes import Mapping as Map
from .reading.nodes import Node, Scalar, Sequence, files_in, read_node, read_text
from .reading.scorecards import read_scorecard
from .rules import Knowledge, Rule

# The codes of paths that cannot be opened as files.
UNOPENED = frozenset({"Y101", "Y102", "Y103"})


@dataclass
class Findings:
    """What a check found: `problems` in files that could be opened, `unreadable` for paths that could not; `unread` counts
    the files that the rest waits for."""

    problems: list[Problem] = field(default_factory=list)
    unreadable: list[Problem] = field(default_factory=list)
    unread: int = 0
    files: int = 0
    rules: int = 0
    cases: int = 0


def check_base(base: Base, cases: Path | None, shown: Path | None = None) -> Findings:
    """Return all that is wrong with a knowledge base and with every case of a folder.

    Where a file cannot be read, that alone: what else seems wrong may come of it.
    """
    unread, nodes = list(base.unread), []
    for path in files_in(cases, shown or cases, ".yaml", unread) if cases else ():
        source = Source(str((shown or path.parent) / path.name))
        try:
            nodes.append((source, read_node(read_text(path, source.file))))
        except Unusable as error:
            unread += error.problems
    found = unread or base.problems
    findings = Findings([p for p in found if p.code not in UNOPENED], [p for p in found if p.code in UNOPENED])
    findings.unread = len({p.places[0].source.file for p in unread})
    if base.knowledge is None or unread:
        return findings
    findings.rules = len(base.knowledge.rules)
    _check_cases(nodes, base.knowledge, findings)
    findings.problems += [*sentence_habits(base.knowledge), *_at_odds(base, base.knowledge.rules), *_at_odds_elsewhere(base)]
    findings.problems = in_order(findings.problems)
    return findings


def _check_cases(nodes: list[tuple[Source, Node | None]], knowledge: Knowledge, findings: Findings) -> None:
    """Add what is wrong with the cases, and with the rules beside them; while a rule may be left out for mistakes of its own,
    nobody is told that it does not exist."""
    found = []
    said: list[Problem] = []
    broken = has_errors(findings.problems)
    for source, node in nodes:
        findings.problems += _unwritten(node) if node else ()
        if node is None:
            message = f"{source.file} is empty"
            findings.problems.append(Problem("C101", message, (Place(source),), "write a case, or delete the file"))
        elif case := case_of(node, source.file, knowledge, said):
            found.append(case)
    findings.problems += [p for p in said if not (broken and p.code == NO_RULE)]
    findings.cases = len(found)
    findings.problems += _same_ids(found)
    runs = {name: step for case in found for name, step in case.runs()}
    findings.problems += unfounded(knowledge.rules, runs) if found else ()
    if not has_errors(findings.problems):  # a rule or a fact that is left out would make others untrue
        findings.problems += refuted(knowledge, runs)
    for rule in knowledge.rules:
        findings.problems += habits(rule, knowledge)


def _unwritten(node: Node) -> Iterator[Problem]:
    """Yield a warning where a text of a case still waits for somebody to write it."""
    if isinstance(node, Scalar):
        if node.text.startswith(UNWRITTEN):
            yield Problem("W505", "this is still to be written", (node.place,), "write it in the place of these words", "warning")
    else:
        for inner in node.items if isinstance(node, Sequence) else [value for _, value in node.pairs]:
            yield from _unwritten(inner)


def _same_ids(cases: list[Case]) -> Iterator[Problem]:
    first: dict[str, Case] = {}
    for case in cases:
        if case.id in first:
            yield Problem("C107", f"two cases are called {case.id}", (case.place, first[case.id].place), "ids are used once")
        first.setdefault(case.id, case)


def _at_odds(base: Base, rules: Iterable[Rule]) -> Iterator[Problem]:
    """Yield what cannot hold together in rules; of a base that names what has mistakes of its own, conditions are not whole."""
    if base.knowledge is not None and base.reader is not None and not base.reader.mistaken:
        for rule in rules:
            yield from contradictions(rule, base.knowledge)


def _at_odds_elsewhere(base: Base) -> Iterator[Problem]:
    if base.knowledge is not None and base.reader is not None and not base.reader.mistaken:
        yield from contradictions_elsewhere(base.knowledge)


def base_around(paths: Iterable[Path]) -> Path | None:
    """Return the folder of the rule base that files lie in; None where some lie in none, or in another."""
    found = set()
    for folder in (Path(os.path.abspath(path)).parent for path in paths):
        base = folder.parent if folder.name in ("rules", "scorecards") else folder
        found.add(base if (base / "vocabulary.yaml").is_file() else None)
    return found.pop() if len(found) == 1 else None


def check_files(paths: list[Path], base: Base) -> Findings:
    """Return all that is wrong in the files named: dossiers, cases, rule files, scorecards, or files of the base itself."""
    findings = Findings()
    own = {p.resolve() for p in base.folder.rglob("*") if p.is_file()} if base.folder.is_dir() else set()
    rule_nodes: list[tuple[Path, Node]] = []
    for path in dict.fromkeys(paths):
        if (source := _opened(path, findings)) is None:
            continue
        if path.resolve() in own and path.resolve().parent != (base.folder / "rules").resolve():
            known = [*base.problems, *(sentence_habits(base.knowledge) if base.knowledge else ()), *_at_odds_elsewhere(base)]
            findings.problems += [p for p in known if p.places and Path(p.places[0].source.file).name == path.name]
        elif base.knowledge is not None and base.reader is not None:
            if path.suffix == ".csv":
                with _apart(base.reader, findings):
                    read_scorecard(path.name, source, base.reader)
            elif (node := _read(source, findings)) is not None:
                if _is_rules(node):
                    rule_nodes.append((path, node))
                else:
                    _check_story(node, source.file, base.knowledge, findings)
    if rule_nodes:
        _check_rules(rule_nodes, base, findings)
    if base.knowledge is None:
        findings.problems += base.problems
    findings.problems = in_order(findings.problems)
    return findings


def _opened(path: Path, findings: Findings) -> Source | None:
    """Return the text of a file; None after adding why there is none."""
    try:
        source = read_text(path)
    except Unusable as error:
        unopened = any(problem.code in UNOPENED for problem in error.problems)
        (findings.unreadable if unopened else findings.problems).extend(error.problems)
        return None
    findings.files += 1
    return source


def _read(source: Source, findings: Findings) -> Node | None:
    """Return what a file holds; None after adding why it is nothing."""
    try:
        node = read_node(source)
    except Unusable as error:
        findings.problems += error.problems
        return None
    if node is None:
        findings.problems.append(Problem("V101", f"{source.file} is empty", (Place(source),), "nothing to check in it"))
    return node


def _check_story(node: Node, file: str, knowledge: Knowledge, findings: Findings) -> None:
    """Check a case or a dossier by itself."""
    if is_case(node):
        findings.problems += _unwritten(node)
        findings.cases += case_of(node, file, knowledge, findings.problems) is not None
    else:
        dossier_of(node, file, knowledge.vocabulary, findings.problems)


@contextmanager
def _apart(reader: Reader, findings: Findings) -> Iterator[None]:
    """Put what a base's reader finds wrong meanwhile into the findings, and leave the base as it was."""
    before = len(reader.problems)
    yield
    findings.problems += reader.problems[before:]
    del reader.problems[before:]


def _is_rules(node: Node) -> bool:
    if not isinstance(node, Sequence):
        return isinstance(node, Map) and node.get("then") is not None
    return not node.items or any(isinstance(item, Map) and (item.get("id") or item.get("when") or item.get("then")) for item in node.items)


def _check_rules(nodes: list[tuple[Path, Node]], base: Base, findings: Findings) -> None:
    """Check rule files as if they stood in the base, in the place of a file of the same path."""
    assert base.reader is not None and base.knowledge is not None
    replaced = {path.resolve() for path, _ in nodes}
    kept = [r for r in base.knowledge.rules if _file_of(r, base) not in replaced]
    places = {rule.id: rule.place for rule in kept}
    found: list[Rule] = []
    for _, node in nodes:
        for item in node.items if isinstance(node, Sequence) else ():
            id_node = item.get("id") if isinstance(item, Map) else None
            if isinstance(id_node, Scalar):
                if id_node.text in places:
                    both = (id_node.place, places[id_node.text])
                    findings.problems.append(Problem("R104", f"rule {id_node.text} is written twice", both, "ids are used once"))
                places.setdefault(id_node.text, id_node.place)
        with _apart(base.reader, findings):
            found += base.reader.rules(node)
    findings.rules = len(found)
    findings.problems += [p for p in check_locks(base.locks, found, places) if p.places and "gone" not in p.message]
    by_id = {rule.id: rule for rule in (*kept, *found) if rule.status != "retired"}
    findings.problems += stratified([by_id[i] for i in sorted(by_id)], base.knowledge.decisions, base.knowledge.scorecards)[1]
    for rule in found:
        findings.problems += habits(rule, base.knowledge)
    findings.problems += _at_odds(base, found)


def _file_of(rule: Rule, base: Base) -> Path:
    return (base.folder / "rules" / Path(rule.place.source.file).name).resolve()
