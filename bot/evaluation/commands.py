"""`because evaluate ...`. Everything heavy is imported where it is used."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from bot.options import DatasetOption, JsonOption
from bot.settings import Settings

evaluation = typer.Typer(help="How good it is, measured.", no_args_is_help=True)


@evaluation.command("ranking")
def evaluate_ranking(
    dataset: DatasetOption = None,
    as_json: JsonOption = False,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Also rolling windows and random orders of ties: three times as long.")
    ] = False,
    seeds: Annotated[int, typer.Option(help="Trainings whose figures are averaged.", min=1)] = 1,
    neural: Annotated[
        bool, typer.Option("--neural", help="Also the rankers of `because train --ranker`: ten minutes more.")
    ] = False,
) -> None:
    """The rankers side by side, trained and tested on the same splits; takes minutes."""
    import numpy as np

    from bot.progress import bars
    from retrieval.catalogue import Catalogue
    from retrieval.evaluation.cold_items import cold_items
    from retrieval.evaluation.lists import About
    from retrieval.evaluation.ranking import evaluate
    from retrieval.features import described
    from retrieval.versions import open_folder

    settings = Settings()
    folder = open_folder(settings.home, dataset or settings.dataset)
    catalogue, vectors = Catalogue.load(folder / "catalogue"), np.load(folder / "vectors.npy")
    features = described(catalogue, vectors)
    with bars() as progress:
        report = evaluate(
            catalogue.interactions,
            len(catalogue.items),
            lambda what, done: progress(what, round(100 * done), 100),
            thorough=thorough,
            seeds=seeds,
            about=About.of(catalogue, features, vectors),
            neural=neural,
        )
        report["cold_items"] = cold_items(
            catalogue.interactions,
            len(catalogue.items),
            features,
            vectors,
            (0, 1, 2) if thorough else (0,),
            lambda done: progress("items left out", round(100 * done), 100),
        )
    print(json.dumps(report) if as_json else json.dumps(report, indent=1))


@evaluation.command("dialogue")
def evaluate_dialogue(
    dataset: DatasetOption = None,
    people: Annotated[str, typer.Option(help="Which kind of simulated people: tuning, or final.")] = "tuning",
    dialogues: Annotated[int, typer.Option(help="How many people talk with each policy.")] = 1000,
    turns: Annotated[int, typer.Option(help="Turns of a dialogue, at most.")] = 5,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal people.")] = 0,
    policy: Annotated[list[str] | None, typer.Option(help="A policy; repeat for more. All when left out.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Simulated people talk with the bot, the same ones with every policy that asks (docs/dialogue.md)."""
    from bot.evaluation.dialogue import evaluate
    from bot.evaluation.figures import table
    from bot.progress import bars
    from retrieval.embedding import encoder

    settings = Settings()
    with bars() as progress:
        report = evaluate(
            settings.home, dataset or settings.dataset, encoder(), people, dialogues, turns, seed, policy, progress
        )
    print(json.dumps(report) if as_json else table(report))


@evaluation.command("explanations")
def evaluate_explanations(
    dataset: DatasetOption = None,
    answers: Annotated[int, typer.Option(help="Answers to every kind of question, read and run again.")] = 500,
    recommendations: Annotated[int, typer.Option(help="Recommendations that the bot and all controls explain.")] = 100,
    seed: Annotated[int, typer.Option(help="Equal seeds ask equal questions.")] = 0,
    ranker: Annotated[list[str] | None, typer.Option(help="Another ranker to explain, trained for it; repeat.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Whether reasons are true, faithful to the ranker, readable and varied, beside controls; takes minutes."""
    from bot.assistant import Assistant
    from bot.evaluation.explanations.evaluate import evaluate, table
    from bot.language_models import language_model
    from bot.progress import bars
    from retrieval.embedding import encoder

    settings = Settings()
    assistant = Assistant.open(settings, dataset, throw_away=True)
    model = language_model(settings.language_model, settings.models)
    with bars() as progress:
        report = evaluate(assistant, encoder(), model, answers, recommendations, seed, ranker or (), progress)
    print(json.dumps(report) if as_json else table(report))
