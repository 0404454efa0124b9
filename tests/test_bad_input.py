"""What a stranger may hand to `advise`: each mistake is shown in its place with the way out, exit code 2, and nothing is written.

In the texts below «...» is what has to be marked; the marks are taken out before the text is written.
"""

from __future__ import annotations

import codecs
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import Result
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy import toy_base
from wcwidth import wcswidth

from engine.problems import Place, Problem, Source, as_text, likely

Refused = Callable[..., str]


def marked(text: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Return a text without its marks, and line, column and words of each."""
    plain, marks = "", []
    for part in re.split("(«[^»]*»)", text):
        if part.startswith("«"):
            marks.append((plain.count("\n") + 1, len(plain) - plain.rfind("\n"), part[1:-1]))
        plain += part.strip("«»")
    return plain, marks


def under(said: str, place: str) -> str:
    """Return what the carets stand under, counted in the cells of a terminal, in the excerpt of a place."""
    lines = said.splitlines()
    at = next(i for i, line in enumerate(lines) if line.strip() == f"--> {place}")
    shown, carets = lines[at + 2].partition("| ")[2], lines[at + 3].partition("| ")[2]
    first = wcswidth(carets.replace("\t", " ")) - carets.count("^")
    taken = [i for i in range(len(shown)) if first <= wcswidth(shown[:i].replace("\t", " ")) < first + carets.count("^")]
    return "".join(shown[i] for i in taken).rstrip("\u200d")


def assert_shown(said: str, file: str, marks: list[tuple[int, int, str]]) -> None:
    for line, column, word in marks:
        assert f"--> {file}:{line}:{column}\n" in said, said
        assert under(said, f"{file}:{line}:{column}") == word, said


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_base(tmp_path_factory.mktemp("plant"))


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Return what would show that something in a folder was written."""
    return {str(p): (p.lstat().st_size, p.lstat().st_mtime_ns) for p in sorted(folder.rglob("*"))}


@pytest.fixture
def refused(realms: Callable[..., Result], plant: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refused:
    """Advise on a file; return what was said of it, after making sure that it is refused and nothing is written."""
    monkeypatch.chdir(tmp_path)

    def refused(content: str | bytes | None, *options: str | Path, file: str = "my.yaml", knowledge: Path = plant) -> str:
        if content is not None:
            Path(file).write_bytes(content if isinstance(content, bytes) else content.encode())
        before = files(tmp_path), files(plant)
        result = realms("advise", file, "--knowledge", knowledge, *options)
        assert isinstance(result.exception, SystemExit), repr(result.exception)
        assert result.exit_code == 2, result.output
        assert "Traceback" not in result.output
        assert (files(tmp_path), files(plant)) == before
        return result.output

    return refused


# --- the path


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("nope.yaml", "there is no file nope.yaml", id="a file that is not there"),
        pytest.param(".", "is a folder", id="a folder"),
        pytest.param("broken", "there is no file broken", id="a link to nothing"),
        pytest.param("loop", "there is no file loop", id="a link to itself"),
        pytest.param("x" * 3000, "cannot be read", id="a name no system takes"),
        pytest.param("fifo", "no ordinary file", id="a pipe, which is not waited for"),
        pytest.param(os.devnull, "no ordinary file", id="the null device"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are made otherwise there")
def test_a_path_that_is_no_file_is_named_and_refused(refused: Refused, path: str, words: str) -> None:
    os.symlink("nowhere", "broken")
    os.symlink("loop", "loop")
    os.mkfifo("fifo")
    said = refused(None, file=path)
    assert words in said
    assert f"--> {path}"[:80] in said


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is closed to the one who runs this")
def test_a_file_that_may_not_be_read_is_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "my.yaml").touch(0o000)
    assert "not readable" in refused(None)


def test_a_file_that_fails_while_it_is_read_says_why(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def failing(path: Path) -> bytes:
        if path.name == "failing.yaml":
            raise PermissionError(13, "Permission denied")
        return read(path)

    Path("failing.yaml").touch()
    monkeypatch.setattr(Path, "read_bytes", failing)
    assert "failing.yaml cannot be read: Permission denied" in refused(None, file="failing.yaml")


def test_a_file_of_50_mb_is_refused_before_it_is_read(refused: Refused) -> None:
    with open("big.yaml", "wb") as file:
        file.truncate(50_000_000)
    assert "50,000,000 bytes" in refused(None, file="big.yaml")


# --- what is in the file


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("", "is empty", id="an empty file"),
        pytest.param("# soon\n\n# more\n", "is empty", id="nothing but comments"),
        pytest.param("---\n", "is empty", id="a document of nothing"),
        pytest.param("plant: {shift: day}\n".encode("utf-16"), "UTF-16 text, not UTF-8", id="UTF-16"),
    ],
)
def test_a_file_that_says_nothing_is_refused_with_a_way_to_begin(refused: Refused, content: str | bytes, words: str) -> None:
    said = refused(content)
    assert words in said
    assert "--> my.yaml\n" in said
    assert "= help: " in said


@pytest.mark.parametrize(
    ("content", "place"),
    [
        pytest.param(b"plant: {shift: day, note: \xe9t\xe9}\n", "1:27", id="another encoding"),
        pytest.param(codecs.BOM_UTF8 + b"plant: {shift: day, note: \xe9}\n", "1:27", id="a byte order mark before another encoding"),
        pytest.param("plant:\r\n  shift: day\r\n  note: 阀门 ".encode() + b"\xb7\xa7\r\n", "3:12", id="two encodings in one file"),
    ],
)
def test_text_that_is_not_utf_8_is_shown_where_it_begins_to_differ(refused: Refused, content: bytes, place: str) -> None:
    said = refused(content)
    assert "not UTF-8" in said
    assert "save it again" in said
    assert f"--> my.yaml:{place}\n" in said
    assert "\ufeff" not in said


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["plain", "byte order mark"])
def test_a_byte_order_mark_and_any_line_ends_change_nothing(realms, plant: Path, tmp_path: Path, mark: bytes, newline: str) -> None:
    good = "plant: {shift: day}\npumps:\n  - {name: 泵, fluid: water}\n"
    (tmp_path / "good.yaml").write_bytes(mark + good.replace("\n", newline).encode())
    result = realms("advise", tmp_path / "good.yaml", "--knowledge", plant)
    assert result.exit_code == 0, result.output


YAML = [
    pytest.param("plant:\n«\t»shift: day\n", "a tab", id="a tab for indentation"),
    pytest.param("plant: «&a {»shift: day}\n", "anchors", id="an anchor"),
    pytest.param("plant: {note: «*»}\n".replace("*", "*x"), "anchors", id="a text that starts with a star"),
    pytest.param("a: «&a [»x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n", "anchors", id="an alias bomb"),
    pytest.param("plant: {note: «!important x»}\n", "tags", id="a tag, which would eat a word"),
    pytest.param("plant: «!!python/object:os.system {»}\n", "tags", id="a tag that would make an object"),
    pytest.param("plant: {shift: day, «shift»: night}\n", "'shift' is written twice", id="one key twice"),
    pytest.param("plant: {shift: day}\n«plant»: {pressure: 3}\n", "'plant' is written twice", id="one entity twice"),
    pytest.param("plant: {}\n«---»\nplant: {}\n", "second document", id="two documents"),
    pytest.param("? «[»a, b]\n: x\n", "a key is one word", id="a list for a key"),
    pytest.param("plant: {note: a«\ufffd»b}\n", "U+0000", id="a NUL"),
    pytest.param("plant: {name: 阀门阀门}\npumps: [{name: a«\ufffd»b}]\n", "U+0000", id="a NUL after wide characters"),
    pytest.param('plant: {note: «"a\\e[31mb"»}\n', "U+001B", id="an escape that would colour the terminal"),
    pytest.param("plant:\n  note: «see valve» #4 again\n", 'quote it: note: "see valve #4 again"', id="a text cut by a hash"),
    pytest.param("plant:\n  name: «works» #4\n", 'quote it: name: "works #4"', id="a name cut by a hash"),
    pytest.param("plant:\n  note: he said«:» no\n", 'quote it: note: "he said: no"', id="a colon in a text"),
    pytest.param("plant: {note: he said«:» no}\n", "has to be quoted as a whole", id="a colon in a text in braces"),
    pytest.param('plant:\n  note: "wide" «o»pen\n', "quote the text as a whole", id="a text after a quoted word"),
    pytest.param('plant: {note: «"»open}\npumps: []\n', "this quote is never closed", id="a quote that is never closed"),
    pytest.param("plant: «{»shift: day\npumps«:» []\n", "closing `}`", id="a brace that is never closed"),
    pytest.param("plant:\n  shift: day\n   pressure«:» 3\n", "indented too far", id="a line too far in"),
    pytest.param("plant:\n  shift: day\n «p»ressure: 3\n", "indentation", id="a line not far enough in"),
    pytest.param("plant:\n  shift:day\n  pressure«:» 3\n", "lack the space", id="no space after a colon, one line up"),
    pytest.param("plant: {shift«:»}\n", "a space is missing after the colon", id="a colon against a brace"),
    pytest.param("plant: {«shift:day»}\n", "write `shift: day`", id="a colon without its space in braces"),
    pytest.param("plant:\n  pressure: 3\n  «s»hift:day\n  note: x\n", "write `shift: day`", id="no space after a colon, further down"),
    pytest.param("plant:\n  note: x\n  «a»nd more\n  shift: day\n", "no `key: value`", id="a line without a key"),
    pytest.param("plant: pumps«:» {name: x}\n", "start a new line after `plant:`", id="two levels on one line"),
    pytest.param("pumps: [{name: x}]«]»\n", "take it out, or quote", id="a bracket too many"),
    pytest.param("plant: {note: «@»home}\n", "a text cannot start with `@`", id="a text that starts with an at sign"),
    pytest.param("plant: " + "{a: " * 49 + "«{»a: x" + "}" * 50, "nested more than 50 deep", id="fifty-one braces"),
    pytest.param("[" * 50_000, "nest", id="fifty thousand brackets"),
]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("plant：\n  shift: day\n", "line 1 holds `：` (fullwidth colon): did you mean `:`?", id="a colon, one line up"),
        pytest.param("plant: {shift: day， pressure: 3}\n", "line 1 holds `，` (fullwidth comma): did you mean `,`?", id="a comma"),
        pytest.param("plant: ｛shift: day}\n", "`｛` (fullwidth left curly bracket): did you mean `{`?", id="a brace"),
        pytest.param('plant: {note: "open”}\n', '`”` (right double quotation mark): did you mean `"`?', id="a quote"),
    ],
)
def test_what_only_looks_like_a_sign_of_yaml_is_named_with_the_sign_to_write(refused: Refused, text: str, words: str) -> None:
    assert words in refused(text)


@pytest.mark.parametrize(("text", "words"), YAML)
def test_yaml_that_goes_wrong_is_shown_in_its_place_and_in_plain_words(refused: Refused, text: str, words: str) -> None:
    plain, marks = marked(text)
    said = refused(plain.replace("\ufffd", "\0"))
    assert words in said
    assert re.search(r"--> my.yaml:\d+:\d+", said)
    assert_shown(said, "my.yaml", marks)


DOSSIER = [
    pytest.param("«plnt»: {shift: day}\n", "did you mean plant?", id="a misspelt entity"),
    pytest.param("«factory»: {shift: day}\n", "one of plant, pumps, valves, seals, as_of", id="an entity nobody knows"),
    pytest.param("«pump»: {fluid: acid}\n", "listed under pumps:", id="one where a list is wanted, by the wrong word"),
    pytest.param("pumps: {«fluid»: acid}\n", "start each pump with `- `", id="one where a list is wanted"),
    pytest.param("pumps: «acid»\n", "start each pump with `- `", id="a word where a list is wanted"),
    pytest.param("pumps: [«north», {name: south}]\n", "{attribute: value", id="a word where a row is wanted"),
    pytest.param("plant:\n  «-» {shift: day}\n", "plant is written with its attributes", id="a list where one is wanted"),
    pytest.param("plant: {«shfit»: day}\n", "did you mean shift?", id="a misspelt attribute"),
    pytest.param("plant: {«colour»: red}\n", "vocabulary.yaml", id="an attribute nobody knows"),
    pytest.param("plant: {shift: «dya»}\n", "did you mean day? one of day, night", id="a misspelt value"),
    pytest.param("plant: {shift: «Day»}\n", "did you mean day?", id="a value in capitals"),
    pytest.param("plant: {shift: «noon»}\n", "one of day, night", id="a value nobody knows"),
    pytest.param("plant: {shift: «»}\n", "has no value", id="no value"),
    pytest.param("plant: {shift: «[»day, night]}\n", "takes one value, not a list", id="two values where one is wanted"),
    pytest.param("plant: {shift: «unknown»}\n", "leave out what is not known", id="unknown for a value"),
    pytest.param("plant: {pressure: «140»}\n", "a number from 0 to 100 (bar)", id="a number too high"),
    pytest.param("plant: {pressure: «-1»}\n", "outside 0..100", id="a number too low"),
    pytest.param("plant: {pressure: " + "9" * 400 + "}\n", "a number from 0 to 100", id="a number of four hundred digits"),
    *(
        pytest.param(f"plant: {{pressure: «{word}»}}\n", "a number from 0 to 100", id=f"{word} for a number")
        for word in ("twenty", "nan", "inf", "1e3", "0x10", "1_000", "40%", ".5", "5.", "~")
    ),
    pytest.param("plant: {«load»: high}\n", "is concluded, never written", id="a derived fact"),
    pytest.param("plant: {«run»: stop}\n", "is concluded, never written", id="a decision"),
    pytest.param("plant: {shift: {value: day, grade: «sure»}}\n", "one of assumed, said, shown", id="a grade nobody knows"),
    pytest.param("plant: {shift: {value: day, «garde»: said}}\n", "did you mean grade?", id="a misspelt part of a fact"),
    pytest.param("plant: {shift: «{»grade: said}}\n", "needs 'value'", id="a fact without its value"),
    pytest.param("plant: {shift: {value: day, on: «yesterday»}}\n", "year-month-day", id="a day in words"),
    pytest.param("plant: {shift: {value: day, on: «2026-02-30»}}\n", "no such day in the calendar", id="a thirtieth of February"),
    pytest.param("plant: {shift: {value: day, on: «9999-01-01»}}\n", "outside 1970..2999", id="a year far ahead"),
    pytest.param("as_of: «02.03.2026»\n", "year-month-day", id="a day written the other way round"),
    pytest.param("as_of: «2026-11-03T10:00:00»\n", "year-month-day", id="a day with a time"),
    pytest.param("as_of: «[»2026-11-03]\n", "year-month-day", id="a list of days"),
    pytest.param("pumps: [{name: «north»}, {name: «north»}]\n", "two pumps are called 'north'", id="two of one name"),
    pytest.param("pumps:\n  - «{»fluid: oil}\n  - «{»fluid: acid}\n", "add `name:`", id="several without a name"),
    pytest.param("pumps:\n  - {name: north}\n  - «{»fluid: acid}\n", "add `name:`", id="one of several without a name"),
    pytest.param("pumps: [{name: «[»north]}]\n", "name of pump is a text", id="a list for a name"),
    pytest.param("plant: {note: «{»a: b}}\n", "note of plant is a text", id="a mapping for a note"),
    pytest.param("pumps_complete: «maybe»\n", "one of yes, no", id="a list neither complete nor not"),
    pytest.param("pumps: [{name: north, «gone»: yes}]\n", "no attribute 'gone'", id="a row gone, which only a case says"),
    pytest.param("plant:\n  «shift:day»\n", "write `shift: day`", id="no space after a colon"),
    pytest.param("plant：\n  shift: day\n", "space after its colon", id="a wide colon above a plain one"),
    pytest.param("«plant：»\n", "a plain colon with a space", id="a wide colon"),
    pytest.param("«The pump in the north leaks.»\n", "start with a line such as `plant:`", id="prose"),
    pytest.param("«-» plant\n", "start with a line such as `plant:`", id="a list for a dossier"),
]


@pytest.mark.parametrize(("text", "words"), DOSSIER)
def test_a_dossier_that_goes_wrong_is_shown_in_its_place_with_the_way_out(refused: Refused, text: str, words: str) -> None:
    plain, marks = marked(text)
    said = refused(plain)
    assert words in said
    assert_shown(said, "my.yaml", [m for m in marks if m[2]])


@pytest.mark.parametrize("name", ["阀门 甲", "😀 pump", "👩‍👩‍👧 pump", "é́ é", "A\tB", "ﾊﾝｶｸ", "n" * 3000], ids=ascii)
def test_carets_stand_right_behind_names_of_any_width(refused: Refused, name: str) -> None:
    plain, marks = marked(f'pumps: [{{name: "{name}", fluid: «watr»}}]\n')
    said = refused(plain)
    assert_shown(said, "my.yaml", marks)
    assert max(len(line) for line in said.splitlines()) < 200


def test_a_value_of_a_million_letters_is_not_printed_whole(refused: Refused) -> None:
    said = refused("plant: {shift: " + "x" * 1_000_000 + "}\n")
    assert "one of day, night" in said
    assert len(said) < 2000


def test_all_mistakes_of_a_file_are_shown_at_once_and_in_order(refused: Refused) -> None:
    plain, marks = marked(
        dedent("""\
            plant: {shift: «noon», pressure: «high», «colour»: red}
            «factory»: 1
            pumps: [{name: a, fluid: «mud»}]
            """)
    )
    said = refused(plain)
    assert_shown(said, "my.yaml", marks)
    assert re.findall(r"--> my.yaml:(\d+):(\d+)", said) == [(str(line), str(column)) for line, column, _ in marks]


def test_problems_go_to_stderr_and_stdout_stays_empty(plant: Path, tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("plant: {shift: noon}\n", encoding="utf-8")
    words = [sys.executable, str(ROOT / "cli.py"), "advise", str(tmp_path / "my.yaml"), "--knowledge", str(plant)]
    result = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=False)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "one of day, night" in result.stderr


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("words", [["--help"], ["vocabulary", "--knowledge", "PLANT"]])
def test_a_full_disk_ends_a_command_with_a_plain_message(plant: Path, words: list[str]) -> None:
    command = [sys.executable, str(ROOT / "cli.py"), *(str(plant) if word == "PLANT" else word for word in words)]
    with FULL.open("wb") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, encoding="utf-8", check=False)
    assert result.returncode == 2
    assert result.stderr == "realms: what is printed cannot be written: no space left on device\n"


def test_a_command_whose_reader_has_gone_ends_quietly(plant: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    words = [sys.executable, str(ROOT / "cli.py"), "vocabulary", "--knowledge", str(plant)]
    result = subprocess.run(words, stdout=writer, stderr=subprocess.PIPE, text=True, encoding="utf-8", check=False)
    os.close(writer)
    assert (result.returncode, result.stderr) == (1, "")


# --- the other words of the command


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "2026-2-3", "20260203", "9999-01-01", "", "٢٠٢٦-١٢-٠١"], ids=ascii)
def test_a_day_that_is_none_is_refused_on_the_command_line(refused: Refused, day: str) -> None:
    assert "year-month-day, as 2026-12-01" in refused("plant: {}\n", "--on", day)


def test_a_flip_of_a_dossier_is_refused(refused: Refused) -> None:
    assert "only a stored case has flips" in refused("plant: {}\n", "--flip", "A")


CASE = """\
id: north-pump
title: A pump
told: Told.
steps:
  - {on: 2026-01-01, what: Seen., facts: {plant: {shift: day}}}
flips:
  A: {title: By night, facts: {plant: {shift: night}}}
happened: Nothing.
lesson: None.
contrast: None.
"""


def test_a_flip_that_the_case_does_not_have_is_refused_with_those_it_has(refused: Refused) -> None:
    said = refused(CASE, "--flip", "Z")
    assert "case north-pump has no flip 'Z'" in said
    assert "one of A" in said


def test_a_case_is_advised_on_at_its_last_step_and_with_a_flip(realms, plant: Path, tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(CASE, encoding="utf-8")
    for options in ((), ("--flip", "A")):
        assert realms("advise", tmp_path / "case.yaml", "--knowledge", plant, *options).exit_code == 0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda path: None, "there is no folder", id="a folder that is not there"),
        pytest.param(lambda path: path.mkdir(), "vocabulary.yaml", id="an empty folder"),
        pytest.param(lambda path: path.write_text("x"), "is a file, not a folder", id="a file"),
        pytest.param(lambda path: (path.mkdir(), (path / "vocabulary.yaml").mkdir()), "is a folder", id="a folder for the vocabulary"),
        pytest.param(lambda path: (path.mkdir(), (path / "vocabulary.yaml").touch()), "is empty", id="an empty vocabulary"),
    ],
)
def test_a_rule_base_that_is_none_is_refused(refused: Refused, tmp_path: Path, make: Callable[[Path], object], words: str) -> None:
    make(tmp_path / "base")
    said = refused("plant: {}\n", knowledge=tmp_path / "base")
    assert words in said


def test_a_folder_of_rules_that_cannot_be_looked_into_is_no_empty_one(
    refused: Refused, plant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Path.iterdir

    def closed(path: Path):  # type: ignore[no-untyped-def]
        if path.name == "rules":
            raise PermissionError(13, "Permission denied")
        return look(path)

    monkeypatch.setattr(Path, "iterdir", closed)
    assert "the folder " + str(plant / "rules") + " cannot be read" in refused("plant: {}\n")


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("deadline", ["deal.outline", "outline", "deal.days_to_deadline"], ["deal.days_to_deadline"]),
        ("Price", ["profile", "price_weight", "prize"], ["price_weight"]),
        ("price", ["profile", "departed"], []),
        ("date", ["departed"], []),
        ("dya", ["day", "night"], ["day"]),
        ("strategie", ["strategy", "stage"], ["strategy"]),
        ("of", ["list_of_all"], []),
        ("stage", ["stage", "stage_before"], ["stage"]),
        ("cheap", ["cheap rival", "a-cheap-one", "dear"], ["cheap rival", "a-cheap-one"]),
    ],
)
def test_a_word_is_taken_for_those_it_is_part_of_or_for_one_very_like_it(word: str, known: list[str], found: list[str]) -> None:
    assert likely(word, known) == found


@pytest.mark.parametrize("words", [("advise",), ("advise", "a", "b"), ("advise", "a", "--fromat", "json"), ("advize", "a")], ids=" ".join)
def test_a_command_that_is_none_says_how_to_get_help(realms, words: tuple[str, ...]) -> None:
    result = realms(*words)
    assert result.exit_code == 2
    assert "--help" in result.output


def test_an_error_in_the_rules_stops_advice_and_is_shown_in_its_place(refused: Refused, tmp_path: Path) -> None:
    base = toy_base(tmp_path / "base")
    rules = base / "rules" / "plant.yaml"
    text = rules.read_text(encoding="utf-8").replace("pump.fluid}", "pmp.fluid}", 1)
    rules.write_text(text, encoding="utf-8")
    line = text[: text.index("pmp.fluid")].count("\n") + 1
    said = refused("plant: {}\n", knowledge=base)
    assert "did you mean pump?" in said
    assert under(said, f"{rules}:{line}:26") == "pmp.fluid"


@settings(derandomize=True)
@given(
    piece=st.text("ab ,é教🙂", max_size=20),
    times=st.integers(1, 20),
    at=st.integers(0, 400),
    width=st.integers(1, 120),
    number=st.sampled_from([1, 10, 100]),
)
def test_a_line_and_its_carets_fit_a_terminal_and_stand_under_each_other(piece: str, times: int, at: int, width: int, number: int) -> None:
    line = piece * times + "."
    start = min(at, len(line) - 1)
    source = Source("my.yaml", "\n" * (number - 1) + line)
    said = as_text(Problem("X101", "so", (Place(source, number, start + 1, width),)))
    assert max(map(wcswidth, said.splitlines())) <= 80, said
    marked = line[start : start + width]
    shown = under(said, f"my.yaml:{number}:{start + 1}")
    assert shown == marked or (marked.startswith(shown) and wcswidth(marked) > 70), said


# --- anything at all

GOOD = """\
as_of: 2026-02-01
plant: {pressure: 50, shift: {value: day, grade: said, by: "x", on: 2026-01-01}}
pumps:
  - {name: p1, fluid: acid, speed: 100, note: "x"}
  - {name: p2, fluid: oil}
pumps_complete: yes
valves:
  - name: v
    tolerates: oil
seals: [{removed: no, tolerates: acid}]
"""
PIECES = [
    *("plant", "pumps", "pump", "fluid", "acid", "name", "note", "as_of", "value", "grade", "steps", "unknown", "50", "2026-01-01", "教"),
    *(
        ": ",
        ":",
        "\n",
        "\n  ",
        "\n  - ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        '"',
        "'",
        " # ",
        "&a ",
        "*a",
        "!x ",
        "|\n",
        ">",
        "\t",
        "\0",
        "%",
        "? ",
        "<<: ",
    ),
]
ANYTHING = st.one_of(
    st.binary(max_size=120),
    st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
    st.tuples(st.integers(0, len(GOOD)), st.integers(0, 8), st.sampled_from([*PIECES, ""])).map(
        lambda cut: GOOD[: cut[0]] + cut[2] + GOOD[cut[0] + cut[1] :]
    ),
)


@settings(derandomize=True, max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=ANYTHING)
def test_whatever_a_file_holds_it_is_advised_on_or_refused(realms, plant: Path, tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "any.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for command, codes in (("advise", (0, 2)), ("check", (0, 1))):
        result = realms(command, path, "--knowledge", plant)
        assert result.exit_code in codes, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
        assert result.exit_code == 0 or re.search(r"error\[[A-Z]\d+\]: \S", result.output)


def test_a_list_of_more_rows_than_anybody_tells_apart_is_refused(realms: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text("needs:\n" + "".join(f"  - {{name: n{n}, pain: latent}}\n" for n in range(201)), encoding="utf-8")
    result = realms("advise", path)
    assert result.exit_code == 2
    assert "at most 200" in result.output


def test_of_very_many_mistakes_the_first_hundred_are_shown(realms: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text("deal:\n" + "".join(f"  word{n}: yes\n" for n in range(150)), encoding="utf-8")
    result = realms("advise", path)
    assert result.exit_code == 2
    assert result.output.count("error[") == 100
    assert "and 50 more" in result.output
