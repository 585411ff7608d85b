"""`because train`. Everything heavy is imported where it is used."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from bot.options import DatasetOption, JsonOption
from bot.settings import Settings
from retrieval.errors import UsageError

if TYPE_CHECKING:
    from bot.writer_training import Outcome as Written
    from retrieval.retraining.drift import Drift
    from retrieval.retraining.export import Exported
    from retrieval.retraining.folding import Collected
    from retrieval.retraining.options import Outcome
    from retrieval.retraining.placing import Placement

DECISIONS = {
    "unchanged": "Nothing was told since the model that serves was trained, and it would be the same: nothing to do.",
    "without_a_say": "Nothing was replaced: the ranker earned no place beside the model that serves.",
    "dry_run": "Nothing was replaced: this was a dry run.",
    "worse": "Nothing was replaced: the new model is worse beyond the noise in {worse}; --force replaces it anyway.",
    "nothing_to_compare": "Nothing was replaced: no user has two events, so the two models cannot be compared; "
    "--force replaces it anyway.",
    "replaced": "The new model serves from now on; what runs already keeps the old one until it is started again. "
    "`because train --restore` puts the old one back.",
}

ENDED = {
    "early": "until the held-out loss fell no more",
    "epochs": "all that were planned",
    "minutes": "until the time was up; the same command goes on from here",
}


def train(
    dataset: DatasetOption = None,
    ranker: Annotated[
        str,
        typer.Option(help="The blend, one of its parts (ease, ...) or a neural one (transformer, light_gcn, text)."),
    ] = "blend",
    seed: Annotated[
        int | None, typer.Option(min=0, help="Equal seeds give equal models; that of the last model.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare and report, replace nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the model even if the new one is worse.")] = False,
    search: Annotated[int, typer.Option(min=0, help="First try so many settings of the sequence model.")] = 0,
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0.1, help="Begin no new trial of the search (60), end the writer's training (20) after so long."
        ),
    ] = None,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write logs for TensorBoard.")] = False,
    export: Annotated[str | None, typer.Option(help="int8: train nothing, let a smaller model serve.")] = None,
    restore: Annotated[bool, typer.Option("--restore", help="Put the model before the last one back.")] = False,
    writer: Annotated[bool, typer.Option("--writer", help="Fine-tune the bundled language model instead.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Learn the ranker anew, from the data set and from what was told in conversations.

    The new model and the one that serves are compared on the same held-out events first, and it takes the other's place
    only if it is not worse beyond the noise. Killed and started again it goes on (docs/training.md).
    """
    from bot.collected import collected
    from bot.memory import Memory
    from bot.progress import bars
    from retrieval import versions
    from retrieval.catalogue import Catalogue
    from retrieval.retraining.export import export as shrink
    from retrieval.retraining.options import Options
    from retrieval.retraining.replacing import restore as put_back
    from retrieval.retraining.run import retrain
    from retrieval.retraining.watch import watching

    settings = Settings()
    name = versions.known(settings.home, dataset or settings.dataset)
    trains = {"ranker": ranker != "blend", "seed": seed is not None, "search": search > 0, "tensorboard": tensorboard}
    if writer:
        rest = {"ranker": ranker != "blend", "search": search > 0, "tensorboard": tensorboard, "dry-run": dry_run}
        _nothing_else("--writer", rest | {"export": export is not None, "force": force}, "trains no ranker")
        print(_write(settings, name, seed, minutes, restore, as_json))
        return
    if restore:
        _nothing_else("--restore", trains | {"export": export is not None, "dry-run": dry_run, "force": force})
        gone, back = put_back(settings.home, name)
        said = {"decision": "restored", "version": back, "before": gone}
        print(json.dumps(said) if as_json else f"The model before the last one serves again ({back}).")
        return
    catalogue = Catalogue.load(versions.open_folder(settings.home, name) / "catalogue")
    memory = Memory.at(settings.home, name)

    def collect(until: int | None = None) -> Collected:
        return collected(memory, catalogue, until)

    if export is not None:
        _nothing_else("--export", trains)
        with bars() as progress:
            small = shrink(settings.home, name, export, collect, force, dry_run, progress, None if as_json else _show)
        print(json.dumps({"dataset": name, **small.to_json()}) if as_json else _smaller(small))
        return
    options = Options(ranker, seed, force, dry_run, search, 60 * (60 if minutes is None else minutes))
    logs = settings.dataset_folder(name) / "logs"
    with bars() as progress, watching(logs) if tensorboard else nullcontext() as watch:

        def hear(step: str, done: int, total: int) -> None:
            if watch is not None:
                watch.stage = step
            progress(step, done, total)

        def compared(found: Drift) -> None:
            if watch is not None:
                watch.compared(found)
            if not as_json:
                _show(found)

        def placed(part: str, found: Placement) -> None:
            if not as_json:
                print(places_table(part, found), flush=True)

        outcome = retrain(settings.home, name, collect, options, hear, compared, placed)
    print(json.dumps({"dataset": name, "ranker": ranker, **outcome.to_json()}) if as_json else _sentences(outcome))


def _show(found: Drift) -> None:
    print(table(found), flush=True)


def table(drift: Drift) -> str:
    """What the new model does differently, a line per metric."""
    lines = [f"On the last events of {drift.users:,} users:"]
    for metric, change in drift.changes.items():
        lines.append(
            f"  {metric:<12}{change.before:.4f} -> {change.after:.4f}  "
            f"({change.difference:+.4f}, 95 % interval {change.low:+.4f} ... {change.high:+.4f})"
        )
    return "\n".join(lines)


def places_table(part: str, found: Placement) -> str:
    """What a neural ranker adds to the model that serves, a line per context; a + behind the weights it has earned."""
    from retrieval.rankers.neural.placing import WEIGHTS

    lines = [
        f"NDCG@10 of {part} alone, and of the model that serves with so many times {part} added "
        f"(trained for {found.epochs} epochs):",
        f"  {'events':<14}{'users':>6}{'alone':>8}" + "".join(f"{weight:>8g}" for weight in WEIGHTS),
    ]
    for place in found.places:
        cells = "".join(
            f"{value:>7.4f}{'+' if weight and weight == place.weight else ' '}"
            for weight, value in zip(WEIGHTS, place.ndcg, strict=True)
        )
        gain = f"{place.gain:+.4f}, 95 % interval {place.low:+.4f} ... {place.high:+.4f}"
        lines.append(f"  {place.context:<14}{place.users:>6}{place.alone:>8.4f} {cells} ({gain})")
    return "\n".join(lines)


def _smaller(small: Exported) -> str:
    worse = " and ".join(small.drift.worse) if small.drift else ""
    return (
        f"The ranker's files: {small.before / 1e6:,.1f} MB before, {small.after / 1e6:,.1f} MB after."
        f"\n{DECISIONS[small.decision].format(worse=worse)}"
    )


def _sentences(outcome: Outcome) -> str:
    told = outcome.collected
    worse = " and ".join(outcome.drift.worse) if outcome.drift else ""
    return (
        f"Folded in from conversations: {told['events']:,} events of {told['people']:,} different people; "
        f"{told['forgotten']:,} asked to be forgotten.\n{DECISIONS[outcome.decision].format(worse=worse)}"
    )


def _write(
    settings: Settings, dataset: str, seed: int | None, minutes: float | None, restore: bool, as_json: bool
) -> str:
    """Fine-tune the writer, or put the one before the last back; what to print."""
    from bot.progress import bars
    from bot.writer import adapters
    from bot.writer_training import MINUTES, train_writer

    if restore:
        back = adapters.restore(settings.models)
        said = {"decision": "restored", "version": back}
        return json.dumps(said) if as_json else f"The fine-tuned writer before the last one is back ({back})."
    with bars() as progress:
        written = train_writer(settings, dataset, seed or 0, MINUTES if minutes is None else minutes, progress)
    return json.dumps({"dataset": dataset, **written.to_json()}) if as_json else _written(written)


def _written(outcome: Written) -> str:
    went = outcome.trained
    first, ended = next(iter(went.losses.values())), ENDED[went.ended]
    return (
        f"Learned from {outcome.pairs:,} pairs in {went.steps:,} steps, {ended}. Loss on {outcome.held_out:,} held-out"
        f" pairs: {first:.3f} -> {went.best:.3f} per token.\nBECAUSE_WRITER=fine_tuned lets it write;"
        " `because train --writer --restore` puts the one before back."
    )


def _nothing_else(option: str, others: dict[str, bool], does: str = "trains nothing") -> None:
    given = [f"--{name}" for name, value in others.items() if value]
    if given:
        raise UsageError(f"{option} {does}, so {', '.join(given)} cannot go with it: leave one of them out.")
