"""Writing files: never over another, whole or not at all, and what fails is said with the way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.problems import Unusable
from engine.writing import replace, write_new

BROKEN: Any = object()


def test_a_new_file_is_never_written_over_another(tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    write_new(path, "deal: {stage: lead}\n")
    with pytest.raises(Unusable, match="is there already"):
        write_new(path, "other")
    assert path.read_bytes() == b"deal: {stage: lead}\n"


def test_a_folder_that_is_not_there_is_to_be_made_first(tmp_path: Path) -> None:
    with pytest.raises(Unusable) as refused:
        write_new(tmp_path / "nowhere" / "deal.yaml", "")
    assert refused.value.problems[0].message.endswith("deal.yaml cannot be written: no such file or directory")
    assert refused.value.problems[0].help == "make the folder first"


def test_what_breaks_half_way_leaves_everything_as_it_was(tmp_path: Path) -> None:
    old = tmp_path / "old.yaml"
    old.write_bytes(b"old")
    for write, path in ((write_new, tmp_path / "new.yaml"), (replace, old)):
        with pytest.raises((AttributeError, TypeError)):
            write(path, BROKEN)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"old.yaml": b"old"}


def test_a_file_that_is_replaced_keeps_its_permissions_and_its_link(tmp_path: Path) -> None:
    old, link = tmp_path / "old.yaml", tmp_path / "link.yaml"
    old.write_bytes(b"old")
    old.chmod(0o640)
    link.symlink_to(old)
    replace(link, b"new")
    assert (old.read_bytes(), old.stat().st_mode & 0o777, link.is_symlink()) == (b"new", 0o640, True)
