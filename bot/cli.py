"""The command line. Every call goes through the same graph, memory and settings as the page."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.benches import bench
from bot.evaluation.commands import evaluation
from bot.options import DatasetOption, JsonOption
from bot.settings import Settings
from bot.training import train
from retrieval.errors import BecauseError, UsageError

app = typer.Typer(help="A chatbot that recommends, and whose reasons are true.", no_args_is_help=True,
                  pretty_exceptions_enable=False, add_completion=False)  # fmt: skip
users = typer.Typer(help="What is kept of a person.", no_args_is_help=True)
app.add_typer(users, name="user")
staff = typer.Typer(help="Conversations as test cases.", no_args_is_help=True)
app.add_typer(staff, name="cases")
app.add_typer(evaluation, name="evaluate")
app.command("train")(train)
app.command("bench")(bench)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; an error is one sentence on stderr, status 2 for wrong usage and 1 for anything else."""
    try:
        sys.exit(app(arguments, standalone_mode=False) or 0)
    except UsageError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except BecauseError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("Stopped; what was finished is kept.", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        if isinstance(getattr(error, "exit_code", None), int) and hasattr(error, "format_message"):  # of typer's parser
            said = error.format_message().strip() or "A command is missing"
            print(f"{said.rstrip('.')}. See `because --help`.", file=sys.stderr)
            sys.exit(2)
        print(_unexpected(error), file=sys.stderr)
        if os.environ.get("BECAUSE_DEBUG"):
            raise
        sys.exit(1)


def _unexpected(error: Exception) -> str:
    """One sentence for a disk that refuses, else for a mistake of ours."""
    from retrieval.disk import refusal

    said = " ".join(str(error).split())[:200]
    if (isinstance(error, OSError) or "disk is full" in said or "readonly" in said) and (
        no := refusal(Settings().home)
    ):
        return no
    return (
        f"Something went wrong inside Because ({type(error).__name__}: {said}); what was saved is intact:"
        " set BECAUSE_DEBUG=1 to see where, and report it."
    )


@app.command()
def prepare(dataset: DatasetOption = None) -> None:
    """Read the data, embed, index and train. Resumable; does nothing when nothing changed."""
    from bot.progress import bars
    from retrieval import versions
    from retrieval.prepare import prepare as prepare_dataset

    settings = Settings()
    name = versions.known(settings.home, dataset or settings.dataset)
    before = versions.live(settings.dataset_folder(name))
    with bars() as progress:
        report = prepare_dataset(name, settings.home, progress)
        if settings.language_model == "bundled":
            from bot.language_models import convert_bundled

            convert_bundled(settings.models, progress)
    if before is not None and versions.base(before) != before != versions.live(settings.dataset_folder(name)):
        print("The data or the code changed, so the model that conversations were folded into serves no more: run"
              f" `because train --dataset {name}` to fold them in again.")  # fmt: skip
    for line in _prepared_lines(name, report):
        print(line)


def _prepared_lines(name: str, report: Any) -> Iterator[str]:
    for table, cleaning in report["tables"].items():
        aside = ", ".join(f"{count:,} {reason}" for reason, count in cleaning["set_aside"].items())
        yield f"{table}: {cleaning['read']:,} rows read, {cleaning['kept']:,} kept" + (
            f"; set aside: {aside}" if aside else ""
        )
    yield f"{name} is ready."


@app.command("import")
def import_files(
    name: Annotated[str, typer.Argument(help="What the catalogue is called, such as shoes.")],
    items: Annotated[Path, typer.Option(help="CSV, JSON, JSONL, Parquet, or a MovieLens folder or zip.")],
    interactions: Annotated[Path | None, typer.Option(help="Ratings, clicks, purchases ... by user and item.")] = None,
    schema: Annotated[Path | None, typer.Option(help="What the columns mean, in YAML; inferred when left out.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Bring your own catalogue. A second import takes the place of the first."""
    from bot.progress import bars
    from retrieval.importing.reading import Files
    from retrieval.importing.run import import_catalogue

    with bars() as progress:
        report = import_catalogue(name, Files(items, interactions, schema), Settings().home, progress)
    if as_json:
        print(json.dumps(report, ensure_ascii=False))
        return
    for line in (*report["notes"], *_import_lines(report), *_prepared_lines(name, report)):
        print(line)


def _import_lines(report: Any) -> Iterator[str]:
    columns = report["columns"]
    yield ", ".join(f"{part}: {columns[part] or 'none'}" for part in ("id", "title", "text"))
    for column, reason in report["left_out"].items():
        yield f"column {column!r} is not used: {reason}"
    yield f"{'Inferred' if report['inferred'] else 'Given'} schema: {report['schema']} (edit it, then prepare again)"
    if any(table["set_aside"] for table in report["tables"].values()):
        yield f"What could not be used: {report['set_aside']}"


@app.command()
def serve() -> None:
    """Open the chat page."""
    from bot.web.page import launch

    launch(Settings())


@app.command()
def chat(
    user: Annotated[str, typer.Option(help="A data set's user, or `new`.")] = "new",
    say: Annotated[list[str] | None, typer.Option(help="A message; repeat for more. Without it: stdin.")] = None,
    dataset: DatasetOption = None,
    as_json: JsonOption = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Many conversations: {"conversation", "user", "say"} per line.')
    ] = False,
    trace: Annotated[bool, typer.Option(help="Add every stage of each turn.")] = False,
    resume: Annotated[str | None, typer.Option(help="Go on with this conversation.")] = None,
    save: Annotated[bool, typer.Option(help="With --jsonl: keep what is said, instead of a throw-away copy.")] = False,
) -> None:
    """Talk on the command line."""
    from bot.assistant import Assistant

    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    assistant = Assistant.open(Settings(), dataset, throw_away=jsonl and not save)
    if jsonl:
        failed = False
        for line in _many(assistant, sys.stdin, trace):
            failed |= line is None
            if line is not None:
                print(line, flush=True)
        raise typer.Exit(1 if failed else 0)
    if resume is not None:
        owner = assistant.user_of(resume)
        if user not in ("new", owner):
            raise UsageError(f"Conversation {resume!r} is not user {user!r}'s; leave --user out, or resume your own.")
    conversation = resume or assistant.new_conversation(user)
    for message in say or (line.rstrip("\n") for line in sys.stdin):
        turn = assistant.turn(conversation, message)
        shown = json.dumps(assistant.to_json(turn, trace), ensure_ascii=False) if as_json else f"{turn.reply}\n"
        print(shown, flush=True)


def _many(assistant: Any, lines: Iterator[str], trace: bool) -> Iterator[str | None]:
    """A turn's JSON per input line, None for a line that could not be used (said on stderr)."""
    open_now: dict[str, tuple[str, str]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            name, user, say = _request(line, number)
            if name not in open_now:
                open_now[name] = (user, assistant.new_conversation(user))
            elif user not in (owner := open_now[name][0], "new"):
                raise UsageError(f"Line {number}: {name!r} belongs to user {owner!r}, not {user!r}; use another.")
            turn = assistant.to_json(assistant.turn(open_now[name][1], say), trace)
            yield json.dumps({**turn, "conversation": name}, ensure_ascii=False)
        except BecauseError as error:
            print(error, file=sys.stderr)
            yield None
        except Exception as error:  # one conversation's trouble must not end the others
            print(f"Line {number}: {_unexpected(error)}", file=sys.stderr)
            yield None


def _request(line: str, number: int) -> tuple[str, str, str]:
    keys = '{"conversation": "c1", "user": "new", "say": "..."}'
    try:
        request = json.loads(line)
        name, user, say = request.get("conversation", "c1"), request.get("user") or "new", request["say"]
    except (ValueError, KeyError, AttributeError) as error:
        raise UsageError(f"Line {number} is not of the form {keys} ({error}); correct it and send it again.") from error
    if not isinstance(say, str):
        raise UsageError(f'Line {number}: "say" is {say!r}, not text; write it as in {keys}.')
    return str(name), str(user), say


@app.command()
def datasets(as_json: JsonOption = False) -> None:
    """Which catalogues there are, and which are prepared."""
    from retrieval.prepare import listing

    rows = listing(Settings().home)
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['name']}: {'prepared' if row['prepared'] else 'not prepared'}")


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Check packages, models, data and disk; say how to mend what is wrong."""
    from retrieval.doctor import doctor as examine

    checks = examine(Settings().home)
    if as_json:
        print(json.dumps(checks, ensure_ascii=False))
    else:
        for check in checks:
            print(f"{'ok ' if check['ok'] else 'BAD'} {check['name']}: {check['detail']}")
            if not check["ok"]:
                print(f"    {check['fix']}")
    raise typer.Exit(0 if all(check["ok"] for check in checks) else 1)


@staff.command("run")
def run_cases(
    folder: Path, dataset: DatasetOption = None,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit report here.")] = None,
    save: Annotated[bool, typer.Option(help="Keep what is said, instead of a throw-away copy.")] = False,
) -> None:  # fmt: skip
    """Play every conversation file of a folder; status 1 when a case fails, 2 when a file is malformed."""
    from bot.assistant import Assistant
    from bot.console import cases, reading

    found = reading.read_all(folder)
    settings = Settings(language_model="none")

    @cache
    def assistant(name: str | None) -> Assistant:
        return Assistant.open(settings, name or dataset, throw_away=not save)

    outcomes = []
    for outcome in cases.run(found, assistant):
        outcomes.append(outcome)
        print(f"{'FAILED' if outcome.problems else 'passed'} {outcome.case.file}: {outcome.case.name}", flush=True)
        for problem in outcome.problems:
            print(f"    {problem}")
    failed = sum(bool(outcome.problems) for outcome in outcomes)
    print(f"{len(outcomes) - failed} passed, {failed} failed")
    if junit is not None:
        junit.write_text(cases.junit(outcomes), "utf-8")
    raise typer.Exit(1 if failed else 0)


@users.command("export")
def export_user(user: str, dataset: DatasetOption = None) -> None:
    """Print everything that is kept of a user, as JSON."""
    print(json.dumps(_people(dataset, user).export(user), ensure_ascii=False, indent=1))


@users.command("forget")
def forget_user(user: str, dataset: DatasetOption = None) -> None:
    """Delete everything that is kept of a user, for good."""
    deleted = _people(dataset, user).forget(user)
    events = f"{deleted} event{'' if deleted == 1 else 's'}"
    print(f"User {user} is forgotten: {events} deleted; ratings that came with the data are no longer used.")


def _people(dataset: str | None, user: str) -> Any:
    from bot.assistant import Assistant

    assistant = Assistant.open(Settings(language_model="none"), dataset)
    assistant.known(user)
    return assistant
