"""Which words of a request nothing in the catalogue can answer, and which its descriptions may."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA, Prefix

from bot.understand.companions import mentioned
from bot.understand.lexicon import Lexicon, Marked
from bot.understand.tokens import Token, norms
from bot.understand.vocabulary import Vocabulary
from retrieval.schema import Field

_SHORTEST = 5  # letters: a shorter word with a slip may be anything


@dataclass(frozen=True)
class Leftover:
    """`searchable` words occur in the catalogue's descriptions or in several titles, `refused` ones in several titles
    too; `ignored` phrases have no answer."""

    searchable: tuple[str, ...]
    ignored: tuple[str, ...]
    refused: tuple[str, ...] = ()
    names: tuple[tuple[str, bool], ...] = ()  # several capitals in a row, and whether they are refused


def strange(marked: Marked, consumed: Sequence[bool], vocabulary: Vocabulary, language: Lexicon) -> list[bool]:
    """For each word, whether neither the language nor the catalogue nor the reading so far explains it."""
    explained = list(consumed)
    for match in vocabulary.nouns.all(marked.words, marked.breaks):
        explained[match.start : match.end] = [True] * (match.end - match.start)
    for cue in marked.cues:
        explained[cue.start : cue.end] = [True] * (cue.end - cue.start)
    out = []
    for index, word in enumerate(marked.words):
        known = (
            explained[index]
            or language.empty(word)
            or not (word[0].isalnum())
            or word in language.numbers
            or word in language.multipliers
            or word in language.words["half"]
            or word[0].isdigit()
            or language.comparators.at((word,), (False,), 0) is not None
            or word in vocabulary.verbs
            or mentioned(marked, index, language)
            or _slip(word, vocabulary, language)
        )
        out.append(not known)
    return out


def _slip(word: str, vocabulary: Vocabulary, language: Lexicon) -> bool:
    """Whether the word is one of asking, or for an item, with one slip of the keyboard: "recomend", "moive"."""
    if len(word) < _SHORTEST or word in vocabulary.text:
        return False
    nouns = (
        w for noun in (vocabulary.schema.noun, vocabulary.schema.plural, *vocabulary.schema.nouns) for w in norms(noun)
    )
    asking = (w for w in (*nouns, *language.words["asking"]) if len(w) >= _SHORTEST and w[0] == word[0])
    return any(OSA.distance(word, meant, score_cutoff=1) <= 1 for meant in asking)


def praise(marked: Marked, index: int, language: Lexicon) -> bool:
    """Whether the word only praises or blames: "something fun" asks for what no field of the catalogue says."""
    cue = marked.cue(index)
    return cue is not None and set(cue.value) <= {"good", "bad"} and not language.empty(marked.words[index])


def says_field(word: str, fields: Iterable[Field], language: Lexicon) -> bool:
    """Whether the word says what one of these fields is called: "arrived" of an arrival date, which is no lost wish."""
    for field in fields:
        for name in norms(field.label or field.name.replace("_", " ")):
            alike = Prefix.similarity(word, name)
            if word in (name, language.forms.singular(name)) or alike >= max(_SHORTEST, round(0.6 * len(word))):
                return True
    return False


def leftover(
    marked: Marked,
    alien: Sequence[bool],
    requested: Iterable[int],
    excluded: Sequence[bool],
    vocabulary: Vocabulary,
    language: Lexicon,
    text: str,
) -> Leftover:
    """Sort the strange words of the request clauses. Proper names are searched only where descriptions have them."""
    searchable: list[str] = []
    refused, last = list[str](), -1
    names = _names(marked, alien, sorted(set(requested)), vocabulary, language)
    inside_names = {index for start, end in names for index in range(start, end)}
    phrases: list[list[Token]] = []
    inside = set(requested)
    for index in sorted(inside):
        if not alien[index] or index in inside_names:
            continue
        token = marked.tokens[index]
        forms = {language.forms.singular(token.norm), language.forms.bare(token.norm)}
        shared, described = forms & vocabulary.lines, vocabulary.texts and forms & vocabulary.text
        if shared and excluded[index]:
            after = bool(refused) and last == index - 1 and not token.gap.strip()
            refused[-1:] = [f"{refused[-1]} {token.text}"] if after else [*refused[-1:], token.text]
            last = index
        elif (shared or described) and not excluded[index]:
            searchable.append(token.text)
        elif phrases and _follows(phrases[-1][-1], token, marked, language):
            phrases[-1].append(token)
        else:
            phrases.append([token])
    said = tuple((text[marked.tokens[a].start : marked.tokens[b - 1].end], excluded[a]) for a, b in names)
    ignored = tuple(dict.fromkeys(text[p[0].start : p[-1].end] for p in phrases))
    return Leftover(tuple(dict.fromkeys(searchable)), ignored, tuple(dict.fromkeys(refused)), said)


def _names(
    marked: Marked, alien: Sequence[bool], requested: Sequence[int], vocabulary: Vocabulary, language: Lexicon
) -> list[tuple[int, int]]:
    """ "Tom Cruise", "Harry Potter": capitals in a row, one of them in several titles and none in a description.

    Whether titles have the whole name is for who knows the items.
    """
    singular, described = language.forms.singular, vocabulary.text if vocabulary.texts else frozenset[str]()
    out: list[tuple[int, int]] = []
    for index in requested:
        token = marked.tokens[index]
        if not (alien[index] and token.capital) or singular(token.norm) in described:
            continue
        if out and out[-1][1] == index and not token.gap.strip():
            out[-1] = (out[-1][0], index + 1)
        else:
            out.append((index, index + 1))
    return [
        (start, end)
        for start, end in out
        if end - start > 1 and any(singular(marked.words[i]) in vocabulary.lines for i in range(start, end))
    ]


def _follows(last: Token, token: Token, marked: Marked, language: Lexicon) -> bool:
    """Whether two words are one phrase: neighbours, or parts of a name joined by a small word."""
    between = marked.tokens[last.index + 1 : token.index]
    if any(t.breaks or t.comma for t in (*between, token)):
        return False
    if not between:
        return True
    return len(between) == 1 and last.capital and token.capital and between[0].norm in language.words["name_links"]
