"""The page: Gradio components, what connects them to the desk, and how it is served."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

import gradio as gr
from starlette.middleware import Middleware

from bot.settings import Settings
from bot.speaking import Language, speaking
from bot.web import render, words
from bot.web.agents import PageAgent
from bot.web.desk import Desk, View
from bot.web.headers import SecurityHeaders
from retrieval.errors import BecauseError

HERE = Path(__file__).parent
TOGETHER = 16  # turns that may run at once, over all visitors
WAITING = 200  # visitors that may queue behind them
SANS = ("Seravek", "Gill Sans Nova", "Ubuntu", "Calibri", "Noto Sans", "Liberation Sans", "system-ui", "sans-serif")


def build(agent: PageAgent | Future[PageAgent], settings: Settings) -> gr.Blocks:
    """The page of one agent, or of one that is still loading; `settings.home` keeps the browser state's key."""
    desk = Desk(agent if isinstance(agent, Future) else _ready(agent))
    script = (HERE / "page.js").read_text()

    def pane(name: str, value: str = "") -> gr.HTML:
        return gr.HTML(value, elem_id=name, js_on_load=script, apply_default_css=False)

    with gr.Blocks(title="Because", analytics_enabled=False, fill_width=True) as page:
        secret = gr.BrowserState("", storage_key="because-visitor", secret=_browser_key(settings.home))
        with gr.Row(elem_id="frame"):
            side = pane("side", render.side(None))
            with gr.Column(elem_id="talk"):
                history, live = pane("history", render.welcome()), pane("live")
                with gr.Row(elem_id="composer"):
                    box = gr.Textbox(
                        label=words.word("message"), show_label=False, placeholder=words.word("placeholder"), lines=1,
                        max_lines=6, container=False, autofocus=True, elem_id="message", scale=1,
                    )  # fmt: skip
                    send = gr.Button(words.word("send"), elem_id="send", variant="primary", scale=0, min_width=88)
                    stop = gr.Button(words.word("stop"), elem_id="stop", visible=False, scale=0, min_width=88)
            taste = pane("taste", render.taste(None, None))
        changed = [secret, history, live, side, taste, box, send, stop]

        def show(view: View) -> tuple[Any, ...]:
            panes = (view.history, view.live, view.side, view.taste)
            return view.secret, *(gr.skip() if pane is None else pane for pane in panes), *_composer(view)

        def enter(known: Any, request: gr.Request) -> Iterator[tuple[Any, ...]]:
            yield from map(show, desk.enter(known, _speaks(request)))

        def say(known: Any, message: str, request: gr.Request) -> Iterator[tuple[Any, ...]]:
            yield from map(show, desk.say(known, message, _speaks(request)))

        def act(known: Any, event: gr.EventData, request: gr.Request) -> Iterator[tuple[Any, ...]]:
            asked = event._data if isinstance(event._data, dict) else {}
            item = asked.get("item")
            item = None if item is None else str(item)
            yield from map(show, desk.act(known, str(asked.get("act")), item, asked.get("value"), _speaks(request)))

        def on(trigger: Callable[..., Any], run: Callable[..., Any], name: str, inputs: list[Any]) -> None:
            trigger(
                run, inputs, changed, api_name=name, api_visibility="private", show_progress="hidden",
                trigger_mode="multiple", concurrency_limit=TOGETHER, concurrency_id="turns",
            )  # fmt: skip

        on(page.load, enter, "enter", [secret])
        on(box.submit, say, "say", [secret, box])
        on(send.click, say, "say_by_button", [secret, box])
        for name, source in (("history", history), ("live", live), ("side", side), ("taste", taste)):
            on(getattr(source, "act"), act, f"act_in_{name}", [secret])  # noqa: B009 - a custom event of page.js
        # Not through the queue: it must get past the turn that it stops.
        stop.click(desk.stop, [secret], None, api_name="stop", api_visibility="private", queue=False)
    return cast(gr.Blocks, page)


def _composer(view: View) -> tuple[Any, Any, Any]:
    """What changes of the box, of Send and of Stop."""
    box: dict[str, Any] = {} if view.message is None else {"value": view.message}
    buttons: list[dict[str, Any]] = [{}, {}]
    if view.running is not None:
        buttons = [{"visible": not view.running}, {"visible": view.running}]
    if view.language is not None:
        with speaking(view.language):
            box |= {"label": words.word("message"), "placeholder": words.word("placeholder")}
            buttons = [{**of, "value": words.word(name)} for of, name in zip(buttons, ("send", "stop"), strict=True)]
    return tuple(gr.update(**of) if of else gr.skip() for of in (box, *buttons))  # type: ignore[return-value]


def _speaks(request: gr.Request) -> Language:
    """The language that a browser asks for first, of those that the page speaks."""
    wanted = str(request.headers.get("accept-language", "")).casefold()
    return "zh" if wanted.startswith("zh") else "en"


def launch(settings: Settings) -> None:
    """Serve the page until interrupted; it is usable at once, while the heavy libraries load behind it.

    Raises BecauseError when the port is taken.
    """
    port = free_port(settings.host, settings.port)
    agent: Future[PageAgent] = Future()
    page = build(agent, settings)
    serve(page, settings.host, port)
    print(f"Because is at http://{settings.host}:{port} (stop it with Ctrl+C).", flush=True)
    threading.Thread(target=_load, args=(agent, settings), name="load-agent", daemon=True).start()
    page.block_thread()


def serve(page: gr.Blocks, host: str, port: int) -> None:
    """Start the web server in this process and return: no sharing, no monitoring, no files, no remote content."""
    page.queue(max_size=WAITING, default_concurrency_limit=TOGETHER, api_open=False)
    theme = gr.themes.Base(font=SANS, font_mono=("ui-monospace", "monospace"), radius_size="none", spacing_size="sm")
    page.launch(
        server_name=host, server_port=port, share=False, inbrowser=False, quiet=True, prevent_thread_lock=True,
        show_error=False, footer_links=[], run_history=False, allowed_paths=[], blocked_paths=[], max_file_size="1kb",
        enable_monitoring=False, strict_cors=True, ssr_mode=False, pwa=False, mcp_server=False, max_threads=64,
        state_session_capacity=1000, theme=theme, head=_style(),
        app_kwargs={"middleware": [Middleware(SecurityHeaders)]},
    )  # fmt: skip


def _style() -> str:
    """The style sheet as it is: given as `css`, Gradio would prefix every selector with its own container's."""
    return f"<style>\n{(HERE / 'style.css').read_text()}</style>"


def _load(agent: Future[PageAgent], settings: Settings) -> None:
    try:
        from bot.assistant import Assistant

        assistant = Assistant.open(settings)
    except BecauseError as error:  # the page shows it to whoever waits for the agent
        agent.set_exception(error)
        print(error, file=sys.stderr, flush=True)
        return
    except Exception as error:
        agent.set_exception(error)
        raise
    agent.set_result(assistant)
    assistant.warm()


def _ready(agent: PageAgent) -> Future[PageAgent]:
    future: Future[PageAgent] = Future()
    future.set_result(agent)
    return future


def free_port(host: str, port: int) -> int:
    """The port to listen on (a free one for 0)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BecauseError(
                f"Port {port} on {host} cannot be listened on ({error.strerror}); another program may hold it:"
                f" stop that program, or choose another port with BECAUSE_PORT={port % 65535 + 1}."
            ) from error
        return int(probe.getsockname()[1])


def _browser_key(home: Path) -> str:
    """The key of the browser state, kept in `home` so that a restart can still read it; readable by its owner only."""
    path = home / "page.key"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(16))
    except FileExistsError:
        pass
    except OSError as error:
        raise BecauseError(
            f"The page's key {path} cannot be written ({error.strerror}); a folder that you may write to is needed:"
            " set BECAUSE_HOME to one."
        ) from error
    return path.read_text().strip()
