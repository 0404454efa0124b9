"""Reads a rule base as it stood on an earlier day, out of the git repository that its folder lies in."""

from __future__ import annotations

import datetime
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..problems import Problem, Unusable
from .knowledge import Base, read_base

LOCAL = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE")
"""What git sets for the programs it runs, as in a hook: there it would name another repository than the folder's."""
READ = re.compile(r"(rules/|scorecards/)?[^/\\:]+\.(yaml|csv)")
"""The files of a rule base; nothing else of a commit is written anywhere."""


@dataclass(frozen=True)
class Commit:
    """A commit that changed the rule base: its id, the day on which it was made (by the committer's calendar), its first line."""

    id: str
    on: datetime.date
    subject: str

    @property
    def short(self) -> str:
        return self.id[:10]


class Past:
    """The commits of the main line (first parents) that changed the rule base in a folder.

    Raises Unusable where there is no git, no repository, or nothing in it about the folder.
    """

    def __init__(self, folder: Path, shown: Path | None = None):
        self.folder = folder
        self.shown = shown or folder
        if not self.commits:
            help = "commit the folder first; what is not committed has no past"
            raise Unusable([Problem("G103", f"no commit of its git repository holds {self.shown}", (), help)])

    @cached_property
    def commits(self) -> tuple[Commit, ...]:
        """The commits, the newest first."""
        self._git("rev-parse", "--git-dir")
        if not self._git("rev-parse", "--verify", "--quiet", "HEAD", failing=True):  # a repository without a commit
            return ()
        said = self._git("rev-list", "--first-parent", "--encoding=UTF-8", "--format=%cI %s", "HEAD", "--", ".").decode("utf-8", "replace")
        lines = said.rstrip("\n").split("\n")
        return tuple(
            Commit(head.removeprefix("commit "), datetime.date.fromisoformat(line[:10]), line.partition(" ")[2])
            for head, line in zip(lines[::2], lines[1::2], strict=False)
        )

    @property
    def shallow(self) -> bool:
        """Whether the repository was copied without its older commits."""
        return self._git("rev-parse", "--is-shallow-repository").strip() == b"true"

    def at(self, day: datetime.date) -> Commit | None:
        """Return the last commit made by the end of a day, None where all are later."""
        return next((commit for commit in self.commits if commit.on <= day), None)

    def base(self, commit: Commit) -> Base:
        """Return the rule base as it stood after a commit, read as any other. Raises Unusable where it cannot be opened."""
        shown = Path(f"{self.shown}@{commit.short}")
        with tempfile.TemporaryDirectory() as folder:
            for name, content in self._files(commit):
                path = Path(folder) / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
            return read_base(Path(folder), shown)

    def _files(self, commit: Commit) -> Iterator[tuple[str, bytes]]:
        """Yield the files of the rule base in a commit, byte for byte."""
        listed = self._git("ls-tree", "-r", "-z", commit.id).decode("utf-8", "replace").split("\0")
        blobs = [(name, head.split()[2]) for head, _, name in (entry.partition("\t") for entry in listed) if head.startswith("100")]
        wanted = [(name, blob) for name, blob in blobs if READ.fullmatch(name)]
        said = self._git("cat-file", "--batch", asked="".join(f"{blob}\n" for _, blob in wanted).encode())
        for name, _ in wanted:
            head, _, rest = said.partition(b"\n")
            size = int(head.split()[2])
            yield name, rest[:size]
            said = rest[size + 1 :]

    def _git(self, *words: str, asked: bytes = b"", failing: bool = False) -> bytes:
        """Return what git prints in the folder; nothing where it fails and may."""
        program = shutil.which("git")
        if program is None:
            raise Unusable([Problem("G101", "git is not installed, and what the rules were is read from it", (), "install git")])
        env = {name: value for name, value in os.environ.items() if name not in LOCAL} | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
        done = subprocess.run([program, "-C", str(self.folder), *words], input=asked, capture_output=True, env=env, check=False)
        if done.returncode == 0 or failing:
            return done.stdout if done.returncode == 0 else b""
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        if any("not a git repository" in line for line in said):
            help = "keep the rule base in git, or name one that is with --knowledge"
            raise Unusable([Problem("G102", f"{self.shown} is in no git repository, so nobody can tell what the rules were", (), help)])
        reason = said[0].removeprefix("fatal: ") if said else f"it left with code {done.returncode}"
        raise Unusable([Problem("G104", f"git cannot tell the past of {self.shown}: {reason}")])
