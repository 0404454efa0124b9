"""Writes files: a new one never over another, one that is there whole or not at all; what fails is a problem."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from .problems import Problem, Unusable


def write_new(path: Path, text: str) -> None:
    """Write a file that does not exist yet. Raises Unusable where it does, or where it cannot be written."""
    with _telling(path):
        file = path.open("xb")
        with _gone_if_it_fails(path), file:
            file.write(text.encode("utf-8"))


def write_folder(folder: Path, files: Iterable[tuple[str, str]]) -> int:
    """Write files, each with its name below a folder that does not exist yet; return how many. Raises Unusable as above."""
    files = list(files)
    with _telling(folder):
        folder.mkdir()
        for name, _ in files:
            (folder / name).parent.mkdir(exist_ok=True)
    for name, text in files:
        write_new(folder / name, text)
    return len(files)


def replace(path: Path, content: bytes, unchanged: Callable[[Path], None] = lambda path: None) -> None:
    """Put a file in the place of one that is there, with its permissions; `unchanged` may still refuse when all is ready.

    Raises OSError where it cannot be written; the old one is then as it was.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not os.access(path, os.W_OK):  # the folder may be written to, but whoever protected the file meant it
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    with _gone_if_it_fails(Path(name)):  # Ctrl-C between two lines of this leaves nothing beside the file either
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, path.stat().st_mode & 0o7777 if path.exists() else 0o644)
        unchanged(path)
        os.replace(name, path)


def taken(path: Path | str, help: str) -> Unusable:
    """Return what is said where a new file would stand in the place of another."""
    return Unusable([Problem("N101", f"{path} is there already", (), help)])


def unwritten(path: Path | str, error: OSError, help: str = "") -> Unusable:
    """Return what is said where a file cannot be written."""
    reason = error.strerror or str(error)
    return Unusable([Problem("N102", f"{path} cannot be written: {reason[:1].lower()}{reason[1:]}", (), help)])


@contextlib.contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turn what goes wrong in making something new into problems."""
    try:
        yield
    except FileExistsError:
        raise taken(path, "name one that is not, or remove it first") from None
    except OSError as error:
        raise unwritten(path, error, "make the folder first" if isinstance(error, FileNotFoundError) else "") from error


@contextlib.contextmanager
def _gone_if_it_fails(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        raise
