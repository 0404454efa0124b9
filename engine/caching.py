"""Recalls a knowledge base and stored cases as they were last read: checking every file again takes longer than the consultation.

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
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pydantic_core
import yaml

from . import conditions, facts, outlines, problems, rules, terms, texts
from .problems import Source
from .reading import cases
from .reading.cases import Case, readable_cases
from .rules import Knowledge

_RECORDS: dict[tuple[str, str], type] = {
    (module.__name__, name): kind
    for module in (cases, conditions, facts, outlines, problems, rules, terms, texts)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and kind.__module__ == module.__name__ and (is_dataclass(kind) or issubclass(kind, tuple))
}
_RECORDS["datetime", "date"] = datetime.date
_DIGEST = hashlib.sha256().digest_size


def recalled(folder: Path, shown: Path, store: Path | None) -> Knowledge:
    """Return the knowledge of a folder as it was kept in `store`, else read anew and kept there; messages name it as `shown`.

    Raises Unusable with every problem where something is wrong with it.
    """
    places = (folder, folder / "rules", folder / "scorecards")
    found: Knowledge = _recalled(folder, lambda: _sources(places, folder, shown), "", store, lambda: _read(folder, shown))
    return found


def recalled_stories(folder: Path, knowledge: Knowledge, store: Path | None) -> list[Case]:
    """Return what happened in each case of a folder (those with mistakes are left out), as it was kept in `store`, else read anew."""
    said = f"stories {knowledge.sha256}"
    found: tuple[Case, ...] = _recalled(
        folder, lambda: _sources((folder,), folder, folder), said, store, lambda: tuple(readable_cases(folder, knowledge, story=True))
    )
    return list(found)


def _recalled(folder: Path, files: Callable[[], dict[str, Source] | None], said: str, store: Path | None, read: Callable[[], Any]) -> Any:
    """Return what is read from some files, and from what is `said` of them beside."""
    sources = files()
    if store is None or sources is None:
        return read()
    path = store / f"{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}-{sys.implementation.cache_tag}.read"
    key = _key(sources, said)
    found = _kept(path, key, sources)
    if found is None:
        found = read()
        again = files()
        if again is not None and _key(again, said) == key:  # else somebody wrote in it meanwhile, and what was read is of neither state
            with contextlib.suppress(OSError):  # a place that cannot be written to keeps nothing
                _keep(path, key, found, sources)
    return found


def _read(folder: Path, shown: Path) -> Knowledge:
    from .reading.knowledge import read_base  # with its models of every file it takes as long to import as to recall a base

    return read_base(folder, shown).usable()


def _sources(places: Iterable[Path], folder: Path, shown: Path) -> dict[str, Source] | None:
    """Return the files that something may be read from, by name; None where they cannot be read, which reading it explains."""
    try:
        paths = [path for at in places if at.exists() for path in sorted(at.iterdir()) if path.suffix in (".yaml", ".csv")]
        if not all(path.is_file() for path in paths):
            return None
        named = [(path.relative_to(folder), path.read_bytes().decode("utf-8-sig")) for path in paths]
    except (OSError, ValueError):
        return None
    return {name.as_posix(): Source(str(shown / name), text) for name, text in named}


def _key(sources: Mapping[str, Source], said: str) -> bytes:
    """Return the hash of what the files say and of what reads them: the program's files as they lie there, and its libraries."""
    here = Path(__file__).parent
    program = [(str(p.relative_to(here)), p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(here.rglob("*.py"))]
    read_by = (program, sys.version, yaml.__version__, pydantic_core.__version__)
    found = hashlib.sha256(repr((read_by, said, [(name, len(source.text)) for name, source in sources.items()])).encode())
    for source in sources.values():
        found.update(source.text.encode())
    return found.digest()


def _kept(path: Path, key: bytes, sources: Mapping[str, Source]) -> Any:
    """Return what a file keeps under the key; None where it keeps none, is damaged, or is not ours alone."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        with path.open("rb") as file:
            if not _ours(os.fstat(file.fileno())) or file.read(_DIGEST) != key:
                return None
            digest, body = file.read(_DIGEST), file.read()
        return _Recalling(body, sources).load() if hashlib.sha256(key + body).digest() == digest else None
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
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key + hashlib.sha256(key + body).digest() + body)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


class _Keeping(pickle.Pickler):
    """Writes records; of the files they stand in only the names."""

    def __init__(self, file: io.BytesIO, sources: Mapping[str, Source]):
        super().__init__(file, protocol=5)
        self.names = {source.file: name for name, source in sources.items()}

    def persistent_id(self, thing: Any) -> str | None:
        return self.names[thing.file] if type(thing) is Source else None


class _Recalling(pickle.Unpickler):
    """Builds records, and refuses to look anything else up, whatever the bytes ask for."""

    def __init__(self, body: bytes, sources: Mapping[str, Source]):
        super().__init__(io.BytesIO(body))
        self.sources = sources

    def persistent_load(self, name: Any) -> Source:
        return self.sources[name]

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _RECORDS[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is no record") from None
