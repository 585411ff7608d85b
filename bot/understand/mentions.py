"""Where a message names items. A title that is made of common words counts only where the sentence means a title."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.understand.lexicon import Lexicon, Marked, mark
from bot.understand.naming import Named, Search
from bot.understand.titles import Reading, Titles
from bot.understand.tokens import Token, tokenize
from bot.understand.vocabulary import Catalogue, Vocabulary
from bot.understand.written import Written, WrittenTitles, hidden, joined


class Mentions:
    """Links titles. Exact look-ups cover every run of words, approximate ones only where a title is expected."""

    def __init__(self, catalogue: Catalogue, titles: Titles, vocabulary: Vocabulary, language: Lexicon) -> None:
        self._catalogue, self.titles, self.vocabulary, self.language = catalogue, titles, vocabulary, language
        self.written = WrittenTitles(catalogue.items, vocabulary, language)
        self._year = next((n for n in vocabulary.numbers if n.is_year), None)

    def mark(self, text: str) -> Marked:
        """The words of a message and the cues in it, titles that are written out set apart."""
        tokens = tokenize(text)
        names = self._names(text, tokens)
        return mark(joined(tokens, names), self.language, tuple((one.start, one.end) for one in names))

    def places(self, text: str) -> list[tuple[int, int]]:
        """From which to which character titles are written out, those of one word with a capital included."""
        tokens = tokenize(text)
        named = [(tokens[one.start].start, tokens[one.end - 1].end) for one in self.written.find(tokens)]
        single = (t for t in tokens if t.capital and t.index and not t.breaks and self.titles.written((t.norm,)))
        return [*named, *((t.start, t.end) for t in single)]

    def hidden(self, text: str) -> str:
        """The text with a word of the same length for each title that is written out."""
        tokens = tokenize(text)
        return hidden(text, tokens, self._names(text, tokens))

    def _names(self, text: str, tokens: Sequence[Token]) -> tuple[Written, ...]:
        """Titles written out, and those whose year follows in brackets, that included."""
        dated = list(self._dated(text, tokens))
        others = [w for w in self.written.find(tokens) if all(w.end <= d.start or d.end <= w.start for d in dated)]
        return tuple(sorted((*dated, *others), key=lambda one: one.start))

    def _dated(self, text: str, tokens: Sequence[Token]) -> Iterator[Written]:
        """ "Fargo (1996)", however it is written: the longest title with that year."""
        words = tuple(token.norm for token in tokens)
        for year in tokens:
            if year.gap != " (" or not text.startswith(")", year.end):
                continue
            for start in range(max(0, year.index - self.titles.longest), year.index):
                reading = self.titles.exact(words[start : year.index])
                if reading is not None and self.of_year(reading, year.norm):
                    yield Written(start, year.index + 1, text[tokens[start].start : year.end + 1])
                    break

    def find(self, text: str, marked: Marked, pointing: Sequence[tuple[int, int]] = ()) -> list[Named]:
        """Every item named, in the order of the words. `pointing` are words that refer to what was shown."""
        return Search(self, text, marked, pointing).run() if marked.words else []

    def link(self, text: str, marked: Marked, start: int, end: int) -> Named:
        """The item that words `start` to `end` name, for a caller who knows that they name one."""
        words = marked.words[start:end]
        reading = self.titles.exact(words) or self.titles.similar(words) or self.titles.naming(words)
        search = Search(self, text, marked, ())
        search.claim(start, end, reading)
        return search.found[0]

    def option(self, text: str) -> tuple[int, ...]:
        """The rows that an option of a question names: a title, with or without its year."""
        words = tuple(t.norm for t in tokenize(text))
        reading = self.titles.exact(words)
        if reading is None and len(words) > 1 and (reading := self.titles.exact(words[:-1])) is not None:
            reading = self.of_year(reading, words[-1]) or reading
        return reading.rows if reading else ()

    def of_year(self, reading: Reading, word: str) -> Reading | None:
        """The reading's rows of that year, if the word is a year and there are any."""
        if self._year is None or not (word.isdigit() and len(word) == 4):
            return None
        name = self._year.field.name
        rows = tuple(r for r in reading.rows if self._catalogue.items[r].attributes.get(name) == int(word))
        return Reading(rows, reading.exact, reading.score) if rows else None
