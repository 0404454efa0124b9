"""The wheel works by itself: knowledge travels with it, and it needs nothing but its runtime dependencies."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

TOP = {"cli.py", "engine", "knowledge", "cases"}


def run(*words: str | Path, cwd: Path) -> str:
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "REALMS_KNOWLEDGE", "VIRTUAL_ENV")}
    done = subprocess.run([str(w) for w in words], cwd=cwd, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", *TOP):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, source / name)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, source, cwd=folder)
    return next(folder.glob("*.whl"))


def test_the_wheel_puts_four_names_at_the_top(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == TOP
    assert "knowledge/rules/ethics.yaml" in names
    assert "knowledge/scorecards/qualification.csv" in names
    assert {"engine/advice.schema.json", "engine/school/print.css"} <= set(names)
    assert not any(name.endswith(".py") for name in names if name.startswith(("knowledge/", "cases/")))


def test_the_wheel_advises_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    scripts = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin")
    run(scripts / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, cwd=tmp_path)
    deal = tmp_path / "deal.yaml"
    deal.write_text("deal: {stage: proposal}\nneeds: [{name: main, mandatory_gap: unfillable}]\n", encoding="utf-8")
    advice = json.loads(run(scripts / "realms", "advise", deal, "--format", "json", cwd=tmp_path))
    assert advice["decisions"]["qualification"]["choice"] == "decline"
    assert "all is well" in run(scripts / "realms", "check", cwd=tmp_path)
