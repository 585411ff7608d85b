"""`because evaluate explanations`: the report, from conversations and from recommendations explained by everybody."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot import feedback
from bot.agent import Agent
from bot.assistant import Assistant
from bot.evaluation.explanations import audit, faithfulness, mutations, rerun, texts
from bot.evaluation.explanations.explainers import Answer, Explainer, Subject, because, control, free, orders, subjects
from bot.evaluation.explanations.judging import Judged, groundedness, judge
from bot.evaluation.explanations.playing import Asked, Player, people
from bot.writer.model import LanguageModel
from retrieval.errors import UsageError
from retrieval.rankers import RANKERS, Ranker
from retrieval.rankers.neural import TRAINED
from retrieval.rankers.neural.beside import Accompanied, Beside
from retrieval.rankers.neural.stopping import Training
from retrieval.recommend import Encodes

LIST = 5
MUTATED = 150  # answers whose claims the verifier is tested with
EXPLAINED: Mapping[str, type[Ranker]] = {**RANKERS, **TRAINED}
Progress = Callable[[str, int, int], None]


def evaluate(
    assistant: Assistant,
    encoder: Encodes,
    model: LanguageModel | None,
    answers: int = 500,
    recommendations: int = 100,
    seed: int = 0,
    rankers: Sequence[str] = (),
    progress: Progress = lambda _what, _done, _total: None,
) -> dict[str, Any]:
    """The whole report for one catalogue. `answers` to every kind of question, `recommendations` explained by all.

    `rankers` are explained alone as well: what serves beside the blend as it serves, others trained here and now.
    """
    if answers < 1 or recommendations < 0:
        raise UsageError(
            f"{answers} answers and {recommendations} recommendations cannot be measured; give 1 and 0 or more."
        )
    player = Player(assistant, seed)
    asked = conversations(player, answers, progress)
    report = _explained(player, encoder, model, recommendations, seed, progress)
    others = {}
    for name in rankers:
        other = Player(_with_ranker(assistant, name), seed)
        others[name] = {"explainers": _explained(other, encoder, None, recommendations, seed, progress)}
    writer, recommender = assistant.agent.writer, assistant.agent.recommender
    report["because"] |= {"why": {key: report["because"][key] for key in _TEXT}}
    report["because"] |= _spoken(asked, assistant, encoder, seed)
    told = [
        mutations.Told(one.turn.reasons, one.turn.evidence, one.told)
        for one in random.Random(seed).sample(asked, min(MUTATED, len(asked)))
    ]
    progress("testing the verifier", 0, 1)
    tested = mutations.tried(writer, assistant.catalogue, told, seed)
    progress("testing the verifier", 1, 1)
    return {
        "dataset": assistant.catalogue.schema.name,
        "ranker": recommender.ranker.name,
        "beside": sorted(_beside(recommender.ranker)),
        "seed": seed,
        "verifier": mutations.figures(tested),
        "questions": dict(sorted(Counter(one.kind for one in asked).items())),
        "agreement": rerun.agreement(player, asked),
        "explainers": report,
        "rankers": others,
        "people": feedback.summary(assistant.memory, seed),
    }


def _beside(ranker: Ranker) -> Mapping[str, Beside]:
    return ranker.beside if isinstance(ranker, Accompanied) else {}


def _with_ranker(assistant: Assistant, name: str) -> Assistant:
    """The same bot over another ranker: the one that serves beside the blend, or one that is trained here and now."""
    if name not in EXPLAINED:
        raise UsageError(f"There is no ranker {name!r}; there are {', '.join(EXPLAINED)}.")
    agent, recommender = assistant.agent, assistant.agent.recommender
    if name in (serving := _beside(recommender.ranker)):
        alone: Any = serving[name].ranker
    else:
        wanted: dict[str, Any] = {"training": Training(vectors=recommender.index.vectors)} if name in TRAINED else {}
        fitted: Any = EXPLAINED[name]
        alone = fitted.fit(assistant.catalogue.interactions, len(assistant.catalogue.items), **wanted)
    other = replace(recommender, ranker=alone)
    return Assistant(Agent(other, assistant.memory, agent.reader, agent.writer), assistant.memory)


def _explained(
    player: Player, encoder: Encodes, model: LanguageModel | None, count: int, seed: int, progress: Progress
) -> dict[str, Any]:
    """The same recommendations explained by the bot and by every control."""
    about = _subjects(player, count, progress)
    assistant = player.assistant
    explainers: dict[str, Explainer] = {"because": because}
    for name, order in orders(assistant.agent.recommender, seed).items():
        explainers[name] = control(order, assistant.agent.writer)
    if model is not None:
        explainers["free"] = free(model)
    report: dict[str, Any] = {}
    for name, explain in explainers.items():
        found = []
        for done, subject in enumerate(about):
            progress(f"explaining: {name}", done, len(about))
            found.append(explain(subject))
        report[name] = _explainer(found, assistant, encoder, seed)
        progress(f"explaining: {name}", len(about), len(about))
    return report


_TEXT = ("groundedness", "unsupported_answers", "answers", "flesch", "first_four_share", "distinct_2", "median_ms",
         "first_word_ms", "self_bleu", "words", "relevance")  # fmt: skip


def conversations(player: Player, answers: int, progress: Progress) -> list[Asked]:
    """At least so many answers, if people have enough to ask; a fifth of the people are newcomers."""
    asked: list[Asked] = []
    who = people(player.assistant, max(5, answers // 8))
    random.Random(player.seed).shuffle(who)
    for user in who:
        for one in player.conversation(user):
            asked.append(one)
            progress("asking", min(len(asked), answers), answers)
        if len(asked) >= answers:
            break
    return asked[:answers] if len(asked) > answers else asked


def _subjects(player: Player, count: int, progress: Progress) -> list[Subject]:
    """Two places of each user's list."""
    out: list[Subject] = []
    rng = random.Random(player.seed)
    for user in [user for user in people(player.assistant, count) if user != "new"]:
        out += subjects(player, user, sorted(rng.sample(range(1, LIST + 1), 2)))
        progress("recommending", min(len(out), count), count)
        if len(out) >= count:
            break
    return out[:count]


def _explainer(found: Sequence[Answer], assistant: Assistant, encoder: Encodes, seed: int) -> dict[str, Any]:
    """Faithfulness, and what can be said of the texts."""
    rng, counts = random.Random(seed), assistant.catalogue.counts
    rows = [faithfulness.figures(answer.cited, counts, rng) for answer in found]
    writer = assistant.agent.writer
    judged = [judge(writer, a.text, a.subject.truths, a.subject.asked.turn.evidence) for a in found]
    titles = [(a.subject.title, *a.subject.titles) for a in found]
    return {
        **_texts([a.text for a in found], [a.subject.asked.message for a in found], titles, judged, encoder, seed),
        **_times([a.first_ms for a in found], [a.total_ms for a in found]),
        **faithfulness.summary(rows, [a.subject.trial.user for a in found], seed),
    }


def _spoken(asked: Sequence[Asked], assistant: Assistant, encoder: Encodes, seed: int) -> dict[str, Any]:
    """The bot's answers to every kind of question, as they were shipped."""
    writer, items = assistant.agent.writer, assistant.catalogue.items
    judged = []
    for one in asked:
        result = judge(writer, one.told, one.turn.reasons, one.turn.evidence)
        refuted = audit.refuted(assistant, one)
        judged.append(replace(result, unsupported=(*result.unsupported, *refuted)))
    replies = [texts.plain(one.turn.reply) for one in asked]
    titles = [
        (*(items[row].title for row in (*one.listed, *one.rows)), *(p.title for p in one.turn.evidence))
        for one in asked
    ]
    return {
        **_texts(replies, [one.message for one in asked], titles, judged, encoder, seed),
        **_times([one.first_ms for one in asked], [one.total_ms for one in asked]),
        "unsupported": [f"{one.message}: {p}" for one, j in zip(asked, judged, strict=True) for p in j.unsupported][
            :50
        ],
        "not_grounded": sum(not one.turn.grounded for one in asked),
    }


def _texts(
    said: Sequence[str], questions: Sequence[str], titles: Sequence[Sequence[str]], judged: Sequence[Judged],
    encoder: Encodes, seed: int,
) -> dict[str, Any]:  # fmt: skip
    masked = [texts.masked(text, named) for text, named in zip(said, titles, strict=True)]
    spoken = [text for text in masked if text]
    return {
        "groundedness": groundedness(judged),
        "unsupported_answers": sum(bool(one.unsupported) for one in judged),
        "answers": len(said),
        "statements": sum(one.statements for one in judged),
        "flesch": _mean([texts.flesch(text) for text in spoken]),
        "words": _mean([float(len(texts.words(text))) for text in spoken]),
        "first_four_share": round(texts.first_four_share(spoken), 4) if spoken else None,
        "distinct_2": round(texts.distinct(spoken), 4) if spoken else None,
        "self_bleu": round(texts.self_bleu(spoken, seed), 2) if spoken else None,
        "relevance": round(texts.relevance(questions, said, encoder, seed), 4) if spoken else None,
    }


def _times(first: Sequence[float], total: Sequence[float]) -> dict[str, float | None]:
    return {"first_word_ms": _median(first), "median_ms": _median(total)}


def _median(values: Sequence[float]) -> float | None:
    return round(statistics.median(values), 1) if values else None


def _mean(values: Sequence[float]) -> float | None:
    return round(statistics.fmean(values), 2) if values else None


def table(report: Mapping[str, Any]) -> str:
    """The report for people to read."""
    checked = report["verifier"]
    lines = [
        f"{report['dataset']}, ranker {' + '.join([report['ranker'], *report['beside']])}, seed {report['seed']}",
        f"verifier: precision {checked['precision']}, recall {checked['recall']} over {checked['mutations']} mutations",
        "agreement with runs outside the explainer: "
        + ", ".join(f"{kind} {found['agree']}/{found['checked']}" for kind, found in report["agreement"].items()),
        "",
        f"{'':<26}" + "".join(f"{name:>12}" for name in report["explainers"]),
    ]
    first = next(iter(report["explainers"].values()))
    for key, value in first.items():
        if isinstance(value, int | float) or value is None:
            row = "".join(f"{_cell(of.get(key)):>12}" for of in report["explainers"].values())
            lines.append(f"{key:<26}{row}")
    return "\n".join([*lines, "", *_people(report["people"])])


def _people(rated: Mapping[str, Any]) -> list[str]:
    """What people said of explanations on the page."""
    if not rated["ratings"]:
        return [rated["note"]]
    out = [f"{rated['ratings']} ratings by {rated['people']} people, 1 to 5"]
    for question in feedback.QUESTIONS:
        found = rated[question]
        between = f" ({found['interval'][0]:.2f}-{found['interval'][1]:.2f})" if found["interval"] else ""
        out.append(f"{question:<26}{_cell(found['mean']):>12}{between}, n = {found['n']}")
    return out


def _cell(value: object) -> str:
    return "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
