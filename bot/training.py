"""`because train`. Everything heavy is imported where it is used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from bot.options import DatasetOption, JsonOption
from bot.settings import Settings
from retrieval.errors import UsageError

if TYPE_CHECKING:
    from retrieval.retraining.drift import Drift
    from retrieval.retraining.run import Outcome

DECISIONS = {
    "unchanged": "Nothing was told since the model that serves was trained, and it would be the same: nothing to do.",
    "dry_run": "Nothing was replaced: this was a dry run.",
    "worse": "Nothing was replaced: the new model is worse beyond the noise in {worse}; --force replaces it anyway.",
    "nothing_to_compare": "Nothing was replaced: no user has two events, so the two models cannot be compared; "
    "--force replaces it anyway.",
    "replaced": "The new model serves from now on; what runs already keeps the old one until it is started again. "
    "`because train --restore` puts the old one back.",
}


def train(
    dataset: DatasetOption = None,
    ranker: Annotated[str, typer.Option(help="The blend, or one of its parts alone: popularity, ease, ...")] = "blend",
    seed: Annotated[
        int | None, typer.Option(min=0, help="Equal seeds give equal models; that of the last model.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare and report, replace nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the model even if the new one is worse.")] = False,
    restore: Annotated[bool, typer.Option("--restore", help="Put the model before the last one back.")] = False,
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
    from retrieval.retraining.replacing import restore as put_back
    from retrieval.retraining.run import Options, retrain

    settings = Settings()
    name = versions.known(settings.home, dataset or settings.dataset)
    if restore:
        _alone(dry_run=dry_run, force=force)
        gone, back = put_back(settings.home, name)
        said = {"decision": "restored", "version": back, "before": gone}
        print(json.dumps(said) if as_json else f"The model before the last one serves again ({back}).")
        return
    options = Options(ranker, seed, None, force, dry_run)
    catalogue = Catalogue.load(versions.open_folder(settings.home, name) / "catalogue")
    memory = Memory.at(settings.home, name)
    with bars() as progress:
        outcome = retrain(
            settings.home,
            name,
            lambda until=None: collected(memory, catalogue, until),
            options,
            progress,
            lambda found: None if as_json else print(table(found), flush=True),
        )
    print(json.dumps({"dataset": name, "ranker": ranker, **outcome.to_json()}) if as_json else _sentences(outcome))


def table(drift: Drift) -> str:
    """What the new model does differently, a line per metric."""
    lines = [f"On the last events of {drift.users:,} users, which neither model knew:"]
    for metric, change in drift.changes.items():
        lines.append(
            f"  {metric:<12}{change.before:.4f} -> {change.after:.4f}  "
            f"({change.difference:+.4f}, 95 % interval {change.low:+.4f} ... {change.high:+.4f})"
        )
    return "\n".join(lines)


def _sentences(outcome: Outcome) -> str:
    told = outcome.collected
    worse = " and ".join(outcome.drift.worse) if outcome.drift else ""
    return (
        f"Folded in: {told['events']:,} events of {told['people']:,} people; {told['forgotten']:,} asked to be "
        f"forgotten.\n{DECISIONS[outcome.decision].format(worse=worse)}"
    )


def _alone(**others: bool) -> None:
    given = [f"--{name.replace('_', '-')}" for name, value in others.items() if value]
    if given:
        raise UsageError(f"--restore trains nothing, so {', '.join(given)} cannot go with it; give --restore alone.")
