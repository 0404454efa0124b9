"""Keeps a dossier in its file: what is written is read back first, the file is replaced whole, and never over another's work."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from pathlib import Path

from ..facts import Dossier
from ..hearing import called
from ..problems import Place, Problem, Source, Unusable
from ..reading.cases import is_case
from ..reading.dossiers import dossier_of, read_dossier
from ..reading.nodes import read_node, read_text
from ..terms import Vocabulary
from ..writing import replace, taken, unwritten, write_new
from .editing import written

_LEFT = re.compile(r"^# asked and left open by consult: (\{.*\})[ \t]*(\r?\n)?", re.MULTILINE)


@dataclass
class Keeper:
    """A dossier and the file it is kept in; `raw` is what the file held when it was last read or written, None if it is new."""

    path: Path
    shown: str
    vocabulary: Vocabulary
    text: str
    dossier: Dossier
    raw: bytes | None

    def save(self, text: str) -> None:
        """Put a text in the file's place. Raises Unusable where it is no dossier or the file is not as it was left."""
        dossier = read_back(text, self.shown, self.vocabulary)
        raw = (codecs.BOM_UTF8 if self.raw and self.raw.startswith(codecs.BOM_UTF8) else b"") + text.encode("utf-8")
        try:
            replace(self.path, raw, self._unchanged) if self.raw is not None else write_new(self.path, text)
        except OSError as error:
            raise unwritten(self.shown, error, "the last answer is not saved") from error
        self.text, self.dossier, self.raw = text, dossier, raw

    def _unchanged(self, path: Path) -> None:
        now = path.read_bytes() if path.exists() else None
        if now == self.raw:
            return
        what = "is gone" if now is None else "has been changed by somebody else"
        help = f"the last answer is not saved; go on from what stands there now: realms consult {self.shown}"
        raise Unusable([Problem("V121", f"{self.shown} {what} meanwhile", (Place(Source(self.shown)),), help)])


def opened(path: Path, vocabulary: Vocabulary) -> Keeper:
    """Return the dossier of a file, an empty one where there is no such file yet. Raises Unusable with every problem."""
    if not _is_there(path):
        if not path.parent.is_dir():
            raise unwritten(path, FileNotFoundError(f"there is no folder {path.parent}"), "make it first")
        return Keeper(path, str(path), vocabulary, "", Dossier(str(path), ()), None)
    source = read_text(path)
    node = read_node(source)
    if is_case(node):
        help = "write its facts into a dossier of their own and consult on that"
        raise Unusable([Problem("V122", f"{path} is a stored case; it is not asked about", (Place(source),), help)])
    dossier = read_dossier(path, vocabulary) if node is not None else Dossier(str(path), ())
    return Keeper(path, str(path), vocabulary, source.text, dossier, path.read_bytes())


def _is_there(path: Path) -> bool:
    """Return whether there is a file; one that cannot even be looked at is, and reading it says why it cannot be."""
    try:
        return path.exists()
    except OSError:
        return True


def read_back(text: str, shown: str, vocabulary: Vocabulary) -> Dossier:
    """Return the dossier that a text holds. Raises Unusable with every problem in it."""
    node = read_node(Source(shown, text))
    if node is None:
        return Dossier(shown, ())
    problems: list[Problem] = []
    dossier = dossier_of(node, shown, vocabulary, problems)
    if problems:
        raise Unusable(problems)
    return dossier


def begun(name: str, vocabulary: Vocabulary, folder: Path = Path()) -> Keeper:
    """Return a new dossier for something called so, in a file named after it. Raises Unusable where there is one already."""
    path = folder / file_name(name)
    if path.exists():
        raise taken(path, f"to go on with it: realms consult {path}")
    singles = [entity for entity in vocabulary.entities.values() if not entity.many]
    first = next((entity for entity in singles if not entity.holds_decisions), singles[0])
    keeper = opened(path, vocabulary)
    keeper.save(f"{first.name}:\n  name: {written(called(name))}\n")
    return keeper


def file_name(name: str) -> str:
    """Return the name of the file for a dossier called so: its letters and digits, small, joined by hyphens."""
    return ("-".join(re.findall(r"[^\W_]+", name.lower()))[:60].strip("-") or "new") + ".yaml"


# --- what was asked and left open, kept in a comment at the end, so that an interview goes on where it was


def left_open(text: str) -> dict[str, list[str]]:
    """Return the facts that were skipped and those that nobody knew, by `skipped` and `unknown`."""
    found: dict[str, list[str]] = {"skipped": [], "unknown": []}
    for match in _LEFT.finditer(text):
        try:
            said = json.loads(match[1])
        except ValueError:
            continue
        for key, facts in found.items():
            facts += [str(fact) for fact in said.get(key) or ()] if isinstance(said.get(key), list) else []
    return found


def with_left_open(text: str, left: dict[str, list[str]]) -> str:
    """Return the text with that comment as its last line, without it where nothing was left open."""
    newline = "\r\n" if "\r\n" in text else "\n"
    rest = _LEFT.sub("", text)
    said = {key: facts for key, facts in left.items() if facts}
    if not said:
        return rest
    rest = rest if not rest or rest.endswith("\n") else rest + newline
    return f"{rest}# asked and left open by consult: {json.dumps(said, ensure_ascii=False)}{newline}"
