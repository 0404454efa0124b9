"""What README tells people to write works as it stands there, on the dossier that it shows."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from conftest import ROOT, git

README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE = [line.split(" | ", 1)[1] for line in README.splitlines() if line.startswith("| ") and "realms " in line]
COMMANDS = list(dict.fromkeys(said for line in TABLE for said in re.findall(r"`(realms [^`]+)`", line)))
DOSSIER = README.partition("```yaml\n")[2].partition("```")[0]


def test_the_table_is_found_whole() -> None:
    assert len(COMMANDS) > 20
    assert {command.split()[1] for command in COMMANDS} >= {"advise", "why", "whynot", "whatif", "similar", "train", "pack", "check"}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_readme_does_what_it_says_on_readmes_own_dossier(
    command: str, realms: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    Path("my-deal.yaml").write_text(DOSSIER, encoding="utf-8")
    Path("my-case.yaml").write_text((ROOT / "cases" / "wms-cheap-rival.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    if "--then" in command:  # the rules of earlier days are read out of git
        if shutil.which("git") is None:
            pytest.skip("no git")
        shutil.copytree(ROOT / "knowledge", "knowledge")
        git(tmp_path, "init", "--quiet")
        git(tmp_path, "add", "knowledge")
        git(tmp_path, "commit", "--quiet", "--message", "rules")
        monkeypatch.setenv("REALMS_KNOWLEDGE", "knowledge")
    if "--report" in command:  # there is a record once somebody has trained
        realms("train", "--name", "lin")
    done = realms(*shlex.split(command)[1:])
    assert done.exit_code == 0, done.output
    assert done.output.strip()
