"""One turn, top to bottom. Read this first.

    understand -> profile -> decide -> (recommend -> explain | explain | ask | answer) -> write -> verify -> remember

The nodes are methods over frozen values; LangGraph routes one turn and streams each stage as it starts. The graph
keeps no memory of its own: every turn starts from the event log and ends by appending to it.
"""

from __future__ import annotations

import operator
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any, TypedDict, cast

from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph

from bot import asking, policy, reply
from bot.contract import turn_json, turn_record
from bot.explain.book import counted
from bot.exposure import capped
from bot.memory import LogEvent, Memory, Payload, behind
from bot.profile import Standing, events_of, fold
from bot.query import query_of, request_of
from bot.reasons import Explained, Inquiry, explain_list, explain_one
from bot.speaking import Language, language_of, next_language, speaking
from bot.styles import style_of
from bot.understand import Context, MessageReader
from bot.understand.chinese import gloss
from bot.understand.styles import asked_before, puzzled, read_style
from bot.values import Question, Stage, Turn, Understanding
from bot.wording import say
from bot.writer import Writer
from bot.writer.model import Stopped
from retrieval.recommend import Recommender
from retrieval.schema import Query, Ranked

_PENDING = 10**12  # ids of this turn's events until the log numbers them


class State(TypedDict, total=False):
    """What the nodes pass on; each writes its own keys once."""

    conversation: str
    user: str
    number: int
    message: str
    language: Language
    cancel: threading.Event
    started: float
    log: tuple[LogEvent, ...]
    before: Standing
    understanding: Understanding
    events: list[tuple[str, Payload]]
    after: Standing
    route: policy.Route
    query: Query
    ranked: Ranked
    question: Question | None
    explained: Explained
    parts: reply.Parts
    text: str
    grounded: bool
    timings: Annotated[dict[str, float], operator.or_]


class Agent:
    """The bot for one catalogue. Shared by all conversations: nothing about a person is kept in it."""

    def __init__(
        self, recommender: Recommender, memory: Memory, reader: MessageReader, writer: Writer,
        ask: asking.Asking = asking.by_information_gain,
    ) -> None:  # fmt: skip
        self.recommender, self.memory, self.reader, self.writer = recommender, memory, reader, writer
        self.question = ask
        self.catalogue = recommender.catalogue
        self._graph = self._build()

    def _build(self) -> Any:
        graph = StateGraph(State)
        nodes = (
            self.understand, self.profile, self.decide, self.recommend, self.explain, self.ask, self.answer,
            self.write, self.verify, self.remember,
        )  # fmt: skip
        for node in nodes:
            graph.add_node(node.__name__, cast(Any, _timed(node)))  # the overloads do not see a plain function
        graph.add_edge(START, "understand")
        graph.add_edge("understand", "profile")
        graph.add_edge("profile", "decide")
        graph.add_conditional_edges("decide", lambda state: state["route"], ["recommend", "explain", "ask", "answer"])
        graph.add_edge("recommend", "explain")
        for last in ("explain", "ask", "answer"):
            graph.add_edge(last, "write")
        graph.add_edge("write", "verify")
        graph.add_edge("verify", "remember")
        graph.add_edge("remember", END)
        return graph.compile()

    # -- the nodes, in the order of a turn -------------------------------------------------------------------------

    def understand(self, state: State) -> State:
        """Message -> Understanding. A click brings its own and is not read."""
        if "understanding" in state:
            return {}
        before = state["before"]
        context = Context(
            shown=before.shown,
            question=before.question,
            last=tuple(before.last["acts"]),
            asked=before.last.get("asked", ""),
            constraints=before.profile.constraints,
            focus=before.focus(self.catalogue),
            manner=before.request.manner,
        )
        return {"understanding": self._heard(state["message"], before, context)}

    def _heard(self, message: str, before: Standing, context: Context) -> Understanding:
        """Chinese is read as the English for what of it is known; wishes about style are taken out, the rest is read.

        A wish alone, said of an explanation: that is given again, in the style.
        """
        said, unread = message, tuple[str, ...]()
        if language_of(message) == "zh":
            known = gloss(message, self.catalogue)
            said, unread = known.text, known.unread
            if not said:
                return Understanding(message, ("out_of_scope",), ignored=unread)
        explained = bool(policy.EXPLAINED & set(context.last))
        style, rest = read_style(said, explained, "why" in context.last)
        if style and not rest and explained:
            earlier = [turn.payload["message"] for turn in before.turns]
            rest = asked_before([self._english(told) for told in earlier])
        again = not style and puzzled(rest) and bool(context.shown)
        if again:
            earlier = [self._english(turn.payload["message"]) for turn in before.turns]
            rest = (explained and asked_before(earlier)) or "why these?"
        u = self.reader.read(rest, context) if rest or not style else Understanding("", ("style",))
        return replace(u, message=message, style=style, puzzled=again, ignored=(*unread, *u.ignored))

    def _english(self, message: str) -> str:
        return gloss(message, self.catalogue).text if language_of(message) == "zh" else message

    def profile(self, state: State) -> State:
        """Understanding -> events, and the profile that they make."""
        before = state["before"]
        u = before.settle(state["understanding"])
        events = events_of(u, before, self.catalogue)
        pending = tuple(
            LogEvent(_PENDING + i, state["user"], state["conversation"], state["number"], 0, kind, payload, 0.0)
            for i, (kind, payload) in enumerate(events)
        )
        after = fold((*state["log"], *pending), state["conversation"], self.catalogue)
        return {
            "understanding": u,
            "events": events,
            "after": replace(after, request=request_of(u, after), capped=self._capped(u, after)),
        }

    def _capped(self, u: Understanding, standing: Standing) -> tuple[int, ...]:
        """What had its share of exposure: as of now for a new list, else as it was for the list that stands."""
        lists = policy.decide(u, standing) == "recommend" or not standing.shown
        return capped(self.memory, self.recommender) if lists else standing.capped

    def decide(self, state: State) -> State:
        """Recommend, explain, ask or answer."""
        return {"route": policy.decide(state["understanding"], state["after"])}

    def recommend(self, state: State) -> State:
        """Filter, score, rank and diversify; and what to ask beside the list, if a question is worth it."""
        query = query_of(state["after"], state["user"], self.catalogue)
        start = time.perf_counter()
        found = self.recommender.retrieve(query)
        middle = time.perf_counter()
        ranked = self.recommender.rank(query, found)
        spent = {"retrieve": 1e3 * (middle - start), "rank": 1e3 * (time.perf_counter() - middle)}
        seen = asking.outlook(self.catalogue, self.recommender.index.vectors, state["after"], found.eligible, ranked)
        # Whoever asks for the shortest, or for one, has said enough.
        plain = ranked.relaxed or query.order or query.k == 1
        question = None if plain else self.question(seen)
        return {"query": query, "ranked": ranked, "question": question, "timings": spent}

    def explain(self, state: State) -> State:
        """Scored -> reasons and evidence; for "why?" and "why not?", of the list that was really shown."""
        u, after = state["understanding"], state["after"]
        if "ranked" in state:
            explained = explain_list(self.recommender, state["query"], after, state["user"], state["ranked"])
            parts = reply.listing(u, after, state["ranked"], state["question"], explained, self.catalogue, self.writer)
        else:
            inquiry = Inquiry(
                self.recommender, after, state["user"], state["conversation"], state["log"], state["cancel"]
            )
            try:
                explained = explain_one(inquiry, u)
            except Stopped:
                return {"parts": reply.Parts(say("stopped"))}
            parts = reply.explanation(u, style_of(after.profile), explained, self.catalogue, self.writer)
        return {"explained": explained, "parts": parts}

    def ask(self, state: State) -> State:
        """Which of several titles was meant."""
        return {"parts": reply.Parts(question=reply.which_title(state["understanding"], self.catalogue))}

    def answer(self, state: State) -> State:
        """What needs neither a list nor a reason."""
        u, before, after = state["understanding"], state["before"], state["after"]
        past = self.catalogue.past(behind(state["user"]))
        if "profile" in u.acts:
            return {"parts": reply.about_you(u, after, past, self.catalogue)}
        return {"parts": reply.acknowledgement(u, before, after, self.catalogue, len(past))}

    def write(self, state: State) -> State:
        """Parts -> words. The lead is deterministic and appears at once; each sentence follows as it is verified."""
        emit = get_stream_writer()
        pieces = []
        explained = state.get("explained", Explained())
        for piece in reply.pieces(state["parts"], explained.evidence, self.writer, state["message"], state["cancel"]):
            emit(Stage("write", piece))
            pieces.append(piece)
        return {"text": "".join(pieces).strip()}

    def verify(self, state: State) -> State:
        """Check the whole reply against its evidence; a doubtful one gives way to the deterministic phrases."""
        parts, text = state["parts"], state["text"]
        evidence = state.get("explained", Explained()).evidence
        if reply.supported(parts, text, evidence, self.writer):
            return {"grounded": True}
        text = parts.deterministic()
        return {"text": text, "grounded": reply.supported(parts, text, evidence, self.writer)}

    def remember(self, state: State) -> State:
        """Append the turn's events, all in one transaction; what was taken back is not a turn of its own."""
        events = list(state["events"])
        if not any(kind == "undo" for kind, _ in events):
            turn = _turn(state)
            asked = turn.question and state["route"] != "explain"  # why the bot asks puts the question again
            idle = not (events or turn.ranked or asked)
            events.append(("turn", {**turn_record(turn, state["after"], self.catalogue), "idle": idle}))
            events.append(("reply", turn_json(turn, self.catalogue)))
        self.memory.append(state["user"], state["conversation"], state["number"], events)
        return {}

    # -- running the graph -----------------------------------------------------------------------------------------

    def run(
        self, conversation: str, user: str, message: str, clicked: Understanding | None = None,
        cancel: threading.Event | None = None,
    ) -> Iterator[Stage | Turn]:  # fmt: skip
        """One turn: its stages as they start, the reply piece by piece, and at last the finished turn.

        `clicked` is what a button means, for a turn without a message; setting `cancel` stops what is
        tried for an explanation, and the writing.
        """
        start = time.perf_counter()
        log = self.memory.of_user(user)
        before = fold(log, conversation, self.catalogue)
        offered = before.question.options if before.question else ()
        state: State = {
            "conversation": conversation,
            "user": user,
            "number": 1 + max((e.turn for e in log if e.conversation == conversation), default=0),
            "message": message,
            "cancel": cancel or threading.Event(),
            "log": log,
            "before": before,
            "language": next_language(message, offered, before.last.get("language", "en")),
            "started": start,
            "timings": {},
        }
        if clicked is not None:
            state["understanding"] = clicked
        trace = []
        for mode, chunk in self._graph.stream(state, stream_mode=["tasks", "custom", "values"]):
            if mode == "custom":
                yield chunk
            elif mode == "values":
                state = chunk
            elif "input" in chunk:
                yield Stage(chunk["name"])
            else:
                trace.append({"stage": chunk["name"], "output": chunk["result"]})
        yield replace(_turn(state), trace=tuple(trace))


def _turn(state: State) -> Turn:
    explained, parts = state.get("explained", Explained()), state["parts"]
    return Turn(
        conversation=state["conversation"],
        turn=state["number"],
        user=state["user"],
        understanding=state["understanding"],
        profile=state["after"].profile,
        reply=state["text"],
        ranked=state.get("ranked"),
        reasons=parts.reasons,
        evidence=(*explained.evidence, *counted(parts.counted, len(explained.evidence))),
        question=parts.question,
        grounded=state["grounded"],
        timings_ms={**state["timings"], "total": 1e3 * (time.perf_counter() - state["started"])},
        supposed=(explained.before, explained.after) if explained.asked == "what_if" or explained.without else None,
        cited=explained.cited,
    )


def _timed(node: Callable[[State], State]) -> Callable[[State], State]:
    """The node in the turn's language, with the milliseconds that it took under its own name."""

    def run(state: State) -> State:
        start = time.perf_counter()
        with speaking(state["language"]):
            out = node(state)
        spent = {node.__name__: 1e3 * (time.perf_counter() - start)}
        return {**out, "timings": {**spent, **out.get("timings", {})}}

    return run
