"""Recalls what was read before, a knowledge base above all: checking every file again takes longer than the consultation.

What is kept is the records alone, under the hash of all files they were read from and of the program that read them; one
byte changed anywhere and the files are read and checked anew, the locks with them. Nothing that is kept is ever run: only
records, dates and plain values are built from it, and only from a file that nobody else may write.
"""

from __future__ import annotations

import contextlib
import datetime
import gc
import hashlib
import io
import os
import pickle
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pydantic_core
import yaml

from . import conditions, outlines, problems, rules, terms, texts
from .problems import Source
from .rules import Knowledge
from .writing import replace

_DATED: dict[tuple[str, str], type] = {("datetime", "date"): datetime.date}
_ENDINGS = (".yaml", ".yml", ".csv")  # also of those that are not read, which is a mistake to be told
_DIGEST = hashlib.sha256().digest_size


def recalled_knowledge(folder: Path, shown: Path, store: Path | None) -> Knowledge:
    """Return the knowledge of a folder as it was kept in `store`, else read anew and kept there; messages name it as `shown`.

    Raises Unusable with every problem where something is wrong with it.
    """
    files = Files((folder, folder / "rules", folder / "scorecards"), folder, shown)
    found: Knowledge = recalled(files, "", store, (conditions, outlines, problems, rules, terms, texts), lambda: _read(folder, shown))
    return found


def recalled(files: Files, said: str, store: Path | None, modules: Iterable[ModuleType], read: Callable[[], Any]) -> Any:
    """Return what `read` makes of some files, as it was kept in `store`, else made anew and kept there.

    It consists of records of the `modules`; `said` stands for all that it depends on beside the files and the program.
    """
    sources = files.read()
    if store is None or sources is None:
        return read()
    path = store / f"{hashlib.sha256(str(files.folder.resolve()).encode()).hexdigest()[:16]}-{sys.implementation.cache_tag}.read"
    key = _key(sources, said)
    found = _kept(path, key, sources, modules)
    if found is None:
        found = read()
        again = files.read()
        if again is not None and _key(again, said) == key:  # else somebody wrote in it meanwhile, and what was read is of neither state
            with contextlib.suppress(OSError):  # a place that cannot be written to keeps nothing
                _keep(path, key, found, sources)
    return found


@dataclass(frozen=True)
class Files:
    """The files of some folders, at or below `folder`; messages name it as `shown`."""

    places: tuple[Path, ...]
    folder: Path
    shown: Path

    def read(self) -> dict[str, Source] | None:
        """Return what they say, by name; None where they cannot be read, which whoever reads them for good explains."""
        try:
            paths = [path for at in self.places if at.exists() for path in sorted(at.iterdir()) if path.suffix.lower() in _ENDINGS]
            if not all(path.is_file() for path in paths):
                return None
            named = [(path.relative_to(self.folder), path.read_bytes().decode("utf-8-sig")) for path in paths]
        except (OSError, ValueError):
            return None
        return {name.as_posix(): Source(str(self.shown / name), text) for name, text in named}


def _read(folder: Path, shown: Path) -> Knowledge:
    from .reading.knowledge import read_base  # with its models of every file it takes as long to import as to recall a base

    return read_base(folder, shown).usable()


def _key(sources: Mapping[str, Source], said: str) -> bytes:
    """Return the hash of what the files say and of what reads them: the program's files as they lie there, and its libraries."""
    here = Path(__file__).parent
    program = [(str(p.relative_to(here)), p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(here.rglob("*.py"))]
    read_by = (program, sys.version, yaml.__version__, pydantic_core.__version__)
    found = hashlib.sha256(repr((read_by, said, [(name, len(source.text)) for name, source in sources.items()])).encode())
    for source in sources.values():
        found.update(source.text.encode())
    return found.digest()


def _kept(path: Path, key: bytes, sources: Mapping[str, Source], modules: Iterable[ModuleType]) -> Any:
    """Return what a file keeps under the key; None where it keeps none, is damaged, or is not ours alone."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        with path.open("rb") as file:
            if not _ours(os.fstat(file.fileno())) or file.read(_DIGEST) != key:
                return None
            digest, body = file.read(_DIGEST), file.read()
        return _Recalling(body, sources, modules).load() if hashlib.sha256(key + body).digest() == digest else None
    except Exception:  # pickle names no end of errors that bytes it did not write may raise
        return None
    finally:
        if collecting:
            gc.enable()


def _ours(status: os.stat_result) -> bool:
    """Return whether a file belongs to us and nobody else may write to it, as far as the system tells."""
    return os.name != "posix" or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def _keep(path: Path, key: bytes, read: Any, sources: Mapping[str, Source]) -> None:
    """Write what was read into the file's place, whole or not at all. Raises OSError."""
    buffer = io.BytesIO()
    _Keeping(buffer, sources).dump(read)
    body = buffer.getvalue()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and not _ours(path.stat()):
        path.unlink()  # else the new one would have its rights
    replace(path, key + hashlib.sha256(key + body).digest() + body)


class _Keeping(pickle.Pickler):
    """Writes records; of the files they stand in only the names."""

    def __init__(self, file: io.BytesIO, sources: Mapping[str, Source]):
        super().__init__(file, protocol=5)
        self.names = {source.file: name for name, source in sources.items()}

    def persistent_id(self, thing: Any) -> str | None:
        return self.names[thing.file] if type(thing) is Source else None


class _Recalling(pickle.Unpickler):
    """Builds records, and refuses to look anything else up, whatever the bytes ask for."""

    def __init__(self, body: bytes, sources: Mapping[str, Source], modules: Iterable[ModuleType]):
        super().__init__(io.BytesIO(body))
        self.sources = sources
        self.records = _DATED | {(m.__name__, name): kind for m in modules for name, kind in vars(m).items() if _is_record(kind, m)}

    def persistent_load(self, name: Any) -> Source:
        return self.sources[name]

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self.records[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is no record") from None


def _is_record(kind: Any, module: ModuleType) -> bool:
    return isinstance(kind, type) and kind.__module__ == module.__name__ and (is_dataclass(kind) or issubclass(kind, tuple))
