"""The command line of Three Realms: reads options, calls the engine, prints what comes back."""

from __future__ import annotations

import contextlib
import datetime
import gc
import io
import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from engine import layouts, pages, problems
from engine.blocks import Block, Page
from engine.problems import Problem, Unusable
from engine.rules import STRENGTHS

HERE = Path(__file__).resolve().parent
gc.set_threshold(10_000, 50, 50)  # a command reads much, keeps all of it and ends: walking it again and again costs a tenth of its time
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": layouts.WIDTH}


class Day(click.ParamType):  # type: ignore[type-arg]
    """A date on the command line."""

    name = "date"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime.date:
        if isinstance(value, datetime.date):
            return value
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) and "1970" <= value[:4] <= "2999":
            try:
                return datetime.date.fromisoformat(value)
            except ValueError:
                pass
        self.fail(f"{value!r} is no day of the calendar; write year-month-day, as 2026-12-01", param, ctx)


def knowledge_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--knowledge", "folder", type=click.Path(path_type=Path, readable=False), envvar="REALMS_KNOWLEDGE", metavar="DIR",
        help="Rule base to use instead of the one that ships (or set REALMS_KNOWLEDGE).",
    )(command)  # fmt: skip


def form_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", help="How to print it.",
    )(command)  # fmt: skip


def data_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--data", type=click.Path(path_type=Path, readable=False), envvar="REALMS_DATA", metavar="DIR",
        help="Folder of the training record, instead of one of your own (or set REALMS_DATA).",
    )(command)  # fmt: skip


def record_path(data: Path | None) -> Path:
    """Return where the training record is kept: in the folder named, else where this system keeps what programs store."""
    from platformdirs import user_data_path

    return (data or user_data_path("three-realms", appauthor=False)) / "training.sqlite"


def case_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return the command with what says which case to work out, and as of when."""
    for option in (
        knowledge_option,
        click.option("--flip", metavar="NAME", help="For a stored case: with the facts of this flip."),
        click.option("--on", type=Day(), metavar="DATE", help="Advise as of this day (else the file's as_of, else today)."),
        click.argument("file", type=click.Path(path_type=Path, readable=False)),
    ):
        command = option(command)
    return command


class Realms(click.Group):
    """Turns what people wrote wrong, and a full disk, into messages and exit code 2."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            if error.filename is not None:  # a file, and not the stream that is printed to
                raise
            with contextlib.suppress(OSError):
                click.echo(f"realms: what is printed cannot be written: {(error.strerror or str(error)).lower()}", err=True)
            for stream in (sys.stdout, sys.stderr):  # else Python tries the rest once more as it ends, and complains
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            sys.exit(2)

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a name in any script gets out, whatever the terminal's encoding
                stream.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except Unusable as error:
            complain(error.problems)
            sys.exit(2)


@click.group(cls=Realms, invoke_without_command=True, context_settings=SETTINGS)
@click.version_option(package_name="three-realms", prog_name="realms")
@click.pass_context
def realms(ctx: click.Context) -> None:
    """Advice for IT pre-sales: from what you know of a deal to what to do.

    \b
    Write what you know into a file, my-deal.yaml:
      customer: {name: Hill District Education Bureau, sector: education}
      deal: {stage: proposal, value_k: 1800, public_procurement: yes}
      needs:
        - {name: classrooms, topic: multimedia, clarity: fully_specified}
    \b
    Then ask:
      realms advise my-deal.yaml
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@realms.command()
@case_options
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Everything: every reason, line and question, the scorecard, the document, both lanes of the plan; as json always.",
)
@form_option
def advise(file: Path, everything: bool, form: str, on: datetime.date | None, flip: str | None, folder: Path | None) -> None:
    """Advise on the deal in FILE (a dossier or a stored case).

    \b
    Examples:
      realms advise my-deal.yaml
      realms advise my-deal.yaml --all
      realms advise my-deal.yaml --on 2026-12-01 --format json
      realms advise cases/projection-classroom.yaml --flip A
    """
    consultation = consulted(file, on, flip, folder)
    rest = f"{again('advise', file, on, flip, folder)} --all"
    if form == "json":
        click.echo(json.dumps(consultation.as_json(), ensure_ascii=False, indent=2))
    else:
        page = pages.handed_on if form == "markdown" else pages.first_screen
        long = everything or form == "markdown"
        near = parallels(consultation, folder).line(again("similar", file, on, flip, folder), long)
        blocks = pages.whole(consultation, near) if everything else page(consultation, rest, near)
        click.echo(markdown(blocks) if form == "markdown" else text(blocks))


@realms.command()
@case_options
@click.argument("what", nargs=-1, required=True)
@click.option("--depth", type=click.IntRange(0), metavar="N", help="Open what rules concluded this often in turn (else to the end).")
@form_option
def why(
    file: Path, what: tuple[str, ...], depth: int | None, form: str, on: datetime.date | None, flip: str | None, folder: Path | None
) -> None:
    """Say why something was concluded in FILE, down to the facts.

    WHAT is a decision, an option, a rule, a derived fact, or words of a line of advice.

    \b
    Examples:
      realms why my-deal.yaml qualification
      realms why my-deal.yaml strategy=frontal
      realms why my-deal.yaml champion_state --depth 1
      realms why my-deal.yaml QUA-13 --format json
      realms why my-deal.yaml "run the qualification once more"
    """
    from engine.reasons import Reasons

    report = consulted(file, on, flip, folder).report(labels=True)
    show(Reasons(report, again("whynot", file, on, flip, folder), depth).page(" ".join(what)), form)


@realms.command()
@case_options
@click.argument("what", nargs=-1, required=True)
@form_option
def whynot(file: Path, what: tuple[str, ...], form: str, on: datetime.date | None, flip: str | None, folder: Path | None) -> None:
    """Say why something was not concluded in FILE: what stopped the nearest rules, what beat it.

    WHAT is an option, a rule, a value of a derived fact, or words of a rule's text.

    \b
    Examples:
      realms whynot my-deal.yaml strategy=flanking
      realms whynot my-deal.yaml decline
      realms whynot my-deal.yaml QUA-01
      realms whynot my-deal.yaml champion_state=tested --format json
    """
    from engine.obstacles import Obstacles

    report = consulted(file, on, flip, folder).report(labels=True)
    show(Obstacles(report, again("why", file, on, flip, folder)).page(" ".join(what)), form)


@realms.command()
@case_options
@click.argument("facts", nargs=-1, metavar="[FACT=VALUE]...")
@click.option("--all", "everything", is_flag=True, help="Without facts: everything that turns a decision.")
@form_option
def whatif(
    file: Path, facts: tuple[str, ...], everything: bool, form: str, on: datetime.date | None, flip: str | None, folder: Path | None
) -> None:
    """Say what would be otherwise in FILE if some facts were, or (without facts) which facts would turn a decision.

    A fact is written entity.attribute, or entity[row].attribute for one of several; `unknown` takes it back, `gone=yes` takes
    the row away, entity[+row] adds one.

    \b
    Examples:
      realms whatif my-deal.yaml
      realms whatif my-deal.yaml deal.price_weight=70
      realms whatif my-deal.yaml "stakeholder[dean].attitude=advocate" need.fit_pct=unknown
      realms whatif my-deal.yaml "stakeholder[+dean].role=economic" --format json
    """
    from engine.advising import consult
    from engine.flips import Flips
    from engine.reading.assignments import assigned
    from engine.whatifs import WhatIf

    if facts and everything:
        raise click.UsageError("--all goes without facts")
    consultation = consulted(file, on, flip, folder)
    if facts:
        changed = assigned(facts, consultation.dossier, consultation.knowledge.vocabulary)
        page = WhatIf(consultation, consult(consultation.knowledge, changed, consultation.on)).page()
    else:
        page = Flips(consultation, again("whatif", file, on, flip, folder)).page(everything)
    show(page, form)


@realms.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, readable=False))
@click.option("--on", type=Day(), metavar="DATE", help="Advise and date answers as of this day (else the file's as_of, else today).")
@knowledge_option
def consult(file: Path | None, on: datetime.date | None, folder: Path | None) -> None:
    """Be asked about a deal, the most valuable question first; every answer is saved into FILE at once.

    Without FILE it asks for the customer's name and begins one. At every question: ? says what may be answered, why what
    hangs on it (again: the rule), unknown, skip, back, so far for the advice, help for the rest, quit. Answers are also
    read from a file or a pipe.

    \b
    Examples:
      realms consult
      realms consult my-deal.yaml
      printf 'proposal\\nso far\\n' | realms consult my-deal.yaml
    """
    from engine.interview import keeping
    from engine.interview.interviewing import Interview

    knowledge = known(folder)
    keeper = keeping.opened(file, knowledge.vocabulary) if file else begun(knowledge)
    interview = Interview(knowledge, keeper, on or keeper.dossier.as_of or datetime.date.today())
    talked(interview)


def begun(knowledge: Any) -> Any:
    """Return a new dossier for a customer whose name is asked for until one is given."""
    from engine.hearing import Misheard
    from engine.interview import keeping

    while True:
        try:
            return keeping.begun(asked("Name of the customer: "), knowledge.vocabulary)
        except Misheard as error:
            click.echo(str(error).capitalize())


def talked(with_: Any) -> None:
    """Hold a conversation, line by line, until it is over or somebody breaks it off."""
    try:
        click.echo(text(with_.start()))
        while not with_.over:
            if answer := with_.hear(asked("> ")):
                click.echo("\n" + text(answer))
    except (KeyboardInterrupt, click.Abort):
        click.echo()
    click.echo("\n" + text(with_.leave()))


def asked(prompt: str) -> str:
    """Return a line that somebody typed, or the next one of a pipe. Raises Abort at its end."""
    try:
        if sys.stdin.isatty():
            edited()
            return input(prompt)
        click.echo(prompt, nl=False)
        line = sys.stdin.readline()
    except (EOFError, UnicodeDecodeError):
        raise click.Abort from None
    if not line:
        raise click.Abort
    click.echo(line.rstrip("\n"))
    return line


def edited() -> None:
    """Let what is typed be mended with the arrow keys, where this system can; without it they end up in the answer."""
    with contextlib.suppress(ImportError):
        import readline

        readline.parse_and_bind("set enable-bracketed-paste off")  # else several lines pasted are one answer


@realms.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, readable=False))
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", help="How to print what is found.")
@click.option("--unlock", "unlocked", multiple=True, metavar="ID", help="Record the changed text of a locked rule (may be repeated).")
@click.option("--reason", help="Why the locked rule changed (with --unlock).")
@click.option("--by", help="Who answers for the change (with --unlock).")
@knowledge_option
def check(files: tuple[Path, ...], form: str, unlocked: tuple[str, ...], reason: str | None, by: str | None, folder: Path | None) -> None:
    """Check the rule base and all its cases, or the FILES named.

    Dossiers, cases, rule files and scorecards are told apart by what they hold. Files that lie in a rule base of their own
    are checked against that one, unless --knowledge names another. Exits with 1 where something is wrong, with 2 where a
    file cannot be opened.

    \b
    Examples:
      realms check
      realms check my-deal.yaml my-rules.yaml
      realms check --unlock ETH-01 --reason "wording agreed with legal" --by "A. Reader"
    """
    from engine.checking import base_around, check_base, check_files
    from engine.reading.knowledge import read_base
    from engine.unlocking import unlock

    around = None if folder else base_around(files)
    read = read_base(around or chosen(folder), folder or shown(around or chosen(folder)))
    if unlocked or reason or by:
        if not unlocked or not (reason or "").strip() or not (by or "").strip() or files:
            raise click.UsageError('--unlock goes with --reason "why" and --by NAME, and without files')
        for line in unlock(read, list(unlocked), reason or "", by or "", datetime.date.today()):
            click.echo(line)
        return
    cases = read.folder.parent / "cases"
    found = check_files(list(files), read) if files else check_base(read, cases, shown(cases))
    everything = [*found.unreadable, *found.problems]
    if form == "json":
        click.echo(json.dumps([p.as_json() for p in everything], ensure_ascii=False, indent=2))
    elif form == "github":
        for problem in everything:
            click.echo(problems.as_github(problem))
    else:
        complain(everything)
        click.echo(counted(found, len(files), around))
    sys.exit(2 if found.unreadable else 1 if problems.has_errors(everything) else 0)


def counted(found: Any, files: int, around: Path | None) -> str:
    """Return the last line of a check."""
    errors = sum(p.severity == "error" for p in (*found.unreadable, *found.problems))
    warnings = len(found.problems) + len(found.unreadable) - errors
    if found.unread:
        said = "A file is not read" if found.unread == 1 else f"{found.unread} files are not read"
        return f"{said}: {errors} error{'s' * (errors != 1)}. The rest is checked once {'it is' if found.unread == 1 else 'they are'}."
    against = f" against the rule base in {shown(around)}" if around else ""
    what = f"{files} file{'s' * (files != 1)}{against}" if files else f"{found.rules} rules and {found.cases} cases"
    if not errors and not warnings:
        return f"Checked {what}: all is well."
    return f"Checked {what}: {errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}."


@realms.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--about", metavar="WHAT", help="Rules about a decision, entity.attribute, option, figure, group, topic file or word.")
@click.option("--strength", type=click.Choice(STRENGTHS), help="Only rules whose strongest effect is this.")
@click.option("--owner", metavar="NAME", help="Only rules that this owner answers for.")
@click.option("--all", "whole", is_flag=True, help="Every rule with its conditions and effects in words.")
@form_option
@knowledge_option
def rules(ids: tuple[str, ...], about: str | None, strength: str | None, owner: str | None, whole: bool, form: str, folder: Any) -> None:
    """Read the rules: a list, some of them whole, or those about something.

    An ID may be a stem (NED-18 for NED-18a and NED-18b). WHAT is taken as a name of the rule base before it is taken as a
    mere word; the answer says as which.

    \b
    Examples:
      realms rules
      realms rules QUA-07 CMP-14
      realms rules --about deal.price_weight
      realms rules --about strategy=flanking
      realms rules --about QUA --strength veto
      realms rules --all --format markdown > docs/rules.md
    """
    from engine.reading.cases import readable_cases
    from engine.rulebook import Rulebook

    if (ids and (about or strength or owner or whole)) or (about and whole):
        raise click.UsageError("name rules by ID, or choose them with --about, --strength and --owner, or print --all")
    knowledge = known(folder)
    book = Rulebook(knowledge, readable_cases(chosen(folder).parent / "cases", knowledge) if ids else ())
    show(book.rules(ids) if ids else book.about(about, strength, owner) if about else book.all(strength, owner, whole), form)


@realms.command()
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--all", "whole", is_flag=True, help="Every word with all there is to know of it.")
@form_option
@knowledge_option
def vocabulary(words: tuple[str, ...], whole: bool, form: str, folder: Path | None) -> None:
    """Read what the words mean: entities and attributes, decisions, derived facts, figures.

    Each with its values, the question that asks for it and whom to ask, and the rules that read or set it.

    \b
    Examples:
      realms vocabulary
      realms vocabulary deal.stage competitor
      realms vocabulary qualification figures.min_margin
      realms vocabulary --all --format markdown > docs/vocabulary.md
    """
    from engine.wordbook import Wordbook

    if words and whole:
        raise click.UsageError("name words, or print --all")
    book = Wordbook(known(folder))
    show(book.words(words) if words else book.all(whole), form)


@realms.command()
@click.argument("case", required=False, metavar="[CASE]")
@click.option("--step", type=click.IntRange(min=1), metavar="N", help="Only this step, and what changed since the one before.")
@click.option("--to-end", is_flag=True, help="Do not wait between the steps; with --step, from there on.")
@click.option("--then", is_flag=True, help="Each step with the rules as of its date, read from git, beside those of today.")
@form_option
@knowledge_option
def replay(case: str | None, step: int | None, to_end: bool, then: bool, form: str, folder: Path | None) -> None:
    """Replay a stored CASE (an id or a file) step by step, or all of them.

    Each step: what was learned, what is advised, what changed and why. How it ended comes last. On a terminal Enter goes
    on and q leaves. Without CASE every stored case is compared with what it records: the cases beside the rule base, else
    those that ship. Exits with 1 where the advice is another now.

    With --then: the rules of a day are those of the last commit by its end (of the main line, by the committer's calendar).
    Shown are the advice then and now, what differs, and which changes of the rules did it.

    \b
    Examples:
      realms replay blood-centre-tender
      realms replay blood-centre-tender --step 2
      realms replay blood-centre-tender --to-end --format markdown
      realms replay my-case.yaml --then
      realms replay
      realms replay --knowledge my-rules
    """
    from engine.opening import opened_case
    from engine.past.hindsight import Hindsight
    from engine.reading.past import Past
    from engine.stories.storybook import Story

    if case is None and (step or to_end or then):
        raise click.UsageError("--step, --to-end and --then go with a CASE")
    knowledge = known(folder)
    stored = stored_cases(folder)
    if case is None:
        sys.exit(compared(stored, knowledge, form))
    opened = opened_case(case, stored, knowledge)
    story = Hindsight(opened, knowledge, Past(chosen(folder), shown(chosen(folder)))) if then else Story(opened, knowledge)
    sys.exit(told(story, step, to_end, form))


@realms.command()
@click.argument("case", required=False, metavar="[CASE]")
@click.option("--name", metavar="NAME", help="Any name you choose: answers are kept under it, and a session goes on where it stopped.")
@click.option("--report", is_flag=True, help="How NAME stands and what comes next; without --name the whole class.")
@click.option("--export", type=click.Path(path_type=Path), metavar="FILE", help="Write the record (of NAME, or all) as CSV to a new file.")
@click.option("--forget", metavar="NAME", help="Remove a name from the record with all that was kept under it.")
@data_option
@form_option
@knowledge_option
def train(
    case: str | None,
    name: str | None,
    report: bool,
    export: Path | None,
    forget: str | None,
    data: Path | None,
    form: str,
    folder: Path | None,
) -> None:
    """Practise on a stored CASE: you see the facts and commit to answers, then the rules speak and your reasons are graded.

    Without CASE one is chosen: with --name where you are weakest and what is due, else the first. At every question ?
    says what may be answered; hint, facts, skip, back, help and quit work too.

    \b
    Examples:
      realms train projection-classroom
      realms train --name lin
      realms train --report --name lin
      realms train --report --format markdown
      realms train --export class.csv
      realms train --forget lin
    """
    from engine.writing import write_new

    if sum((bool(case), report, bool(export), bool(forget))) > 1 or (forget and name):
        raise click.UsageError("name a CASE, or give one of --report, --export FILE and --forget NAME")
    if form != "text" and not report:
        raise click.UsageError("--format goes with --report")
    school = schooled(folder, data)
    if report:
        show(school.report(name), form)
    elif export:
        write_new(export, school.exported(name))
    elif forget:
        click.echo(text(school.forget(forget)))
    else:
        with school.session(case, name) as training:
            talked(training)


def schooled(folder: Path | None, data: Path | None) -> Any:
    """Return the training on the cases of a rule base, with its record."""
    from engine.school.schooling import School

    def again_on(case: str, name: str | None) -> str:
        return typed("train", *([case] if case else []), **{"--name": name, "--data": data, "--knowledge": folder})

    return School(
        known(folder), stored_cases(folder), record_path(data), lambda: datetime.datetime.now().astimezone(), again_on,
        lambda file: again("why", Path(file), None, None, folder),
    )  # fmt: skip


def told(story: Any, step: int | None, to_end: bool, form: str) -> int:
    """Print a case page by page, and return 1 where a page says that the advice differs."""
    seen: list[Page] = []
    for page in story.pages(step, to_end):
        if seen and form == "text":
            if not to_end and waits() and not goes_on():
                break
            click.echo()
        if form == "text":
            click.echo(text(page.blocks))
        seen.append(page)
    if form != "text":
        show(story.joined(seen), form)
    return int(any(page.data["differs"] for page in seen))


def compared(stored: Path, knowledge: Any, form: str) -> int:
    """Print every stored case beside what it records; return 1 where one differs, 2 where one cannot be read."""
    from engine.opening import opened_case
    from engine.stories.recordbook import replays
    from engine.stories.replaying import replayed

    found, unreadable = [], []
    for path in counted_off(sorted(stored.glob("*.yaml")), "Replaying"):
        try:
            found.append(replayed(opened_case(str(path), stored, knowledge), knowledge))
        except Unusable as error:
            unreadable += error.problems
    complain(unreadable)
    show(replays(found), form)
    return 2 if unreadable else int(any(replay.differs for replay in found))


def waits() -> bool:
    """Return whether somebody sits at a terminal and reads along."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def goes_on() -> bool:
    """Return whether the reader wants the next page."""
    try:
        answer = click.prompt("Enter to go on, q to leave", default="", show_default=False, prompt_suffix=" ")
    except click.Abort:
        click.echo()
        return False
    return not answer.strip().lower().startswith("q")


def counted_off(items: list[Any], label: str) -> Iterable[Any]:
    """Yield items; on a terminal a bar shows how far they are."""
    if not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, label=label, file=sys.stderr) as bar:
        yield from bar


@realms.command()
@case_options
@click.option("--all", "everything", is_flag=True, help="Every stored case, a line each; as json each with everything.")
@form_option
def similar(file: Path, everything: bool, form: str, on: datetime.date | None, flip: str | None, folder: Path | None) -> None:
    """Find the stored cases most like the deal in FILE: what is alike, where they differ, how each ended.

    Each case is compared at the step that is most like FILE: by the facts that are known of both, by what is decided, and by
    the rules that fire or are stopped. What few cases have counts most. Close ones come first, then the nearest.

    \b
    Examples:
      realms similar my-deal.yaml
      realms similar my-deal.yaml --all
      realms similar cases/projection-classroom.yaml --flip A --format json
    """
    show(parallels(consulted(file, on, flip, folder), folder).page(everything), form)


@realms.group(invoke_without_command=True)
@click.pass_context
def new(ctx: click.Context) -> None:
    """Begin a file from what there is.

    \b
    Example:
      realms new case --from my-deal.yaml
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@new.command("case")
@click.option("--from", "file", required=True, type=click.Path(path_type=Path, readable=False), metavar="DOSSIER", help="The deal.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write it there, to a file that does not exist yet.")
@click.option("--on", type=Day(), metavar="DATE", help="The day of its first step (else the dossier's as_of, else today).")
@knowledge_option
def new_case(file: Path, out: Path | None, on: datetime.date | None, folder: Path | None) -> None:
    """Begin a case from a dossier: its facts, what is advised now, and no names.

    People, needs and competitors are called by what they are; names, notes and speakers that are no row of the dossier are
    left out. What was left out or replaced is listed on stderr: read it, and look for names in what you write yourself.

    \b
    Examples:
      realms new case --from my-deal.yaml
      realms new case --from my-deal.yaml --out cases/bureau-classrooms.yaml
    """
    from engine.stories.drafting import draft
    from engine.writing import write_new

    begun = draft(consulted(file, on, None, folder), out.stem if out else "")
    if out is None:
        click.echo(begun.text, nl=False)
    else:
        write_new(out, begun.text)
    for line in begun.removed:
        click.echo(line, err=True)


@realms.command()
@click.argument("names", nargs=-1, required=True, metavar="CASE...")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Write it there, to a folder that does not exist yet."
)
@click.option("--trainee", "trainees", multiple=True, metavar="NAME", help="A row of the score sheets (may be repeated; else blank rows).")
@knowledge_option
def pack(names: tuple[str, ...], out: Path, trainees: tuple[str, ...], folder: Path | None) -> None:
    """Write the sheets of a training room for stored CASEs.

    A CASE is an id or a file. For each: cards to hand out step by step, question sheets, a ladder of hints, a debrief with the
    reasons, and a score sheet, as HTML to print and as Markdown to edit; beside them a guide. Cards and questions hold no
    answers.

    \b
    Examples:
      realms pack blood-centre-tender --out monday
      realms pack wms-cheap-rival telecom-rfq --out monday --trainee "A. Reader"
    """
    from engine.opening import opened_case
    from engine.school.handouts import Handouts
    from engine.school.packing import packed
    from engine.writing import write_folder

    knowledge = known(folder)
    cases = [opened_case(name, stored_cases(folder), knowledge) for name in dict.fromkeys(names)]

    def ask(command: str, case: Any, on: datetime.date) -> str:
        return again(command, Path(case.place.source.file), on, None, folder)

    handouts = [Handouts(case, knowledge, ask, trainees) for case in cases]
    written = write_folder(out, packed(counted_off(handouts, "Packing"), drawn))
    click.echo(f"{written} files in {out}; begin with {out / 'guide.html'}.")


@realms.command()
def schema() -> None:
    """Print the JSON Schema of `realms advise --format json`.

    \b
    Example:
      realms schema > advice.schema.json
    """
    click.echo((HERE / "engine" / "advice.schema.json").read_text(encoding="utf-8"), nl=False)


def consulted(file: Path, on: datetime.date | None, flip: str | None, folder: Path | None) -> Any:
    """Return the case of a file worked out."""
    from engine.advising import consult
    from engine.opening import opened

    knowledge = known(folder)
    dossier = opened(file, knowledge, flip, on)
    return consult(knowledge, dossier, on or dossier.as_of or datetime.date.today())


def again(command: str, file: Path, on: datetime.date | None, flip: str | None, folder: Path | None) -> str:
    """Return another command on the same case, as a person would type it."""
    return typed(command, file, **{"--flip": flip, "--on": on, "--knowledge": folder})


def typed(command: str, *words: object, **options: object) -> str:
    """Return a command as a person would type it; options without a value are left out."""
    given = [*words, *(word for pair in options.items() if pair[1] is not None for word in pair)]
    return " ".join(["realms", command, *(shlex.quote(str(word)) for word in given)])


def known(folder: Path | None) -> Any:
    """Return the knowledge of a rule base; of the one that ships where none is named."""
    from engine.caching import recalled_knowledge

    knowledge = recalled_knowledge(chosen(folder), folder or shown(chosen(folder)), store())
    gc.freeze()  # it is needed to the end: to look through it for garbage again and again costs more than to recall it
    return knowledge


def chosen(folder: Path | None) -> Path:
    return folder or HERE / "knowledge"


def store() -> Path | None:
    """Return the folder for what can be worked out again: REALMS_CACHE (empty: none), else the user's own."""
    from platformdirs import user_cache_path

    named = os.environ.get("REALMS_CACHE")
    path = Path(named) if named is not None else user_cache_path("three-realms", appauthor=False)
    return path if path.is_absolute() else None


def stored_cases(folder: Path | None) -> Path:
    """Return the folder of the stored cases: those beside the rule base, else those that ship."""
    stored = chosen(folder).parent / "cases"
    return shown(stored if stored.is_dir() else HERE / "cases")


def parallels(consultation: Any, folder: Path | None) -> Any:
    """Return the stored cases beside one that is worked out."""
    from engine.likeness.parallels import Parallels
    from engine.likeness.recalling import sketched_stories

    stored = stored_cases(folder)
    cases = sketched_stories(stored, consultation.knowledge, store())
    unread = len(list(stored.glob("*.yaml"))) - len(cases)
    return Parallels(consultation, cases, unread, lambda case: typed("replay", case, **{"--knowledge": folder}))


def show(page: Page, form: str) -> None:
    """Print a page in the form asked for."""
    if form == "json":
        click.echo(json.dumps(page.data, ensure_ascii=False, indent=2))
    else:
        click.echo(markdown(page.blocks) if form == "markdown" else text(page.blocks))


def shown(path: Path) -> Path:
    """Return a path as messages name it: short where it lies below the present folder."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def complain(found: Iterable[Problem], most: int = 100) -> None:
    """Print problems, the first hundred of them in full."""
    found = list(found)
    for problem in found[:most]:
        click.echo(problems.as_text(problem) + "\n", err=True)
    if len(found) > most:
        click.echo(f"... and {len(found) - most} more.", err=True)


def text(blocks: Iterable[Block]) -> str:
    return layouts.text(blocks, drawn)


def markdown(blocks: Iterable[Block]) -> str:
    return layouts.markdown(blocks, drawn)


def drawn(rows: Sequence[Sequence[str]], headers: Sequence[str], form: str) -> str:
    """Return a table as text."""
    return tabulate(rows, headers=headers, tablefmt=form, disable_numparse=True)


if __name__ == "__main__":
    realms()
