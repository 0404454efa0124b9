"""The pages that are made from the knowledge say what it says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result
from conftest import ROOT


@pytest.mark.parametrize("name", ["rules", "vocabulary"])
def test_a_made_page_is_up_to_date(name: str, realms: Callable[..., Result]) -> None:
    words = (name, "--all", "--format", "markdown")
    made = realms(*words).output
    kept = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    stale = f"docs/{name}.md is out of date; write it again: realms {' '.join(words)} > docs/{name}.md"
    if made != kept:  # not `assert made == kept`: the difference of two such pages hides the way out
        pytest.fail(stale)
