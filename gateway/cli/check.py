"""`privacy-gateway check`: what is private in a text, and how sensitive the whole is."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from gateway.cli.options import CONFIG
from gateway.core.collector import collector_paused

__all__ = ["check"]


@click.command(
    epilog="""\b
Examples:
  privacy-gateway check "Please call Jane Roe at +1 212 664 7665"
  privacy-gateway check --file letter.txt --json
  git diff | privacy-gateway check -
  privacy-gateway check --jsonl corpus.jsonl > judged.jsonl   # one {"text": …} a line""",
)
@click.argument("text", required=False)
@click.option(
    "--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Read the text here."
)
@click.option(
    "--jsonl", type=click.File("rb"), help='A corpus: one {"text": …} a line in, one result a line out, in order.'
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@CONFIG
def check(text: str | None, file: Path | None, jsonl: BinaryIO | None, config: Path | None, as_json: bool) -> None:
    """Classify TEXT (`-`: standard input): level, reasons, findings. The exit code is 0 whatever the level."""
    given = [value for value in (text, file, jsonl) if value is not None]
    if len(given) != 1:
        raise click.UsageError("give one of: a TEXT, - for standard input, --file F, --jsonl F")
    if jsonl is not None:
        _corpus(jsonl, config)
        return
    _one(_text(text, file), config, as_json=as_json)


def _text(text: str | None, file: Path | None) -> str:
    data = file.read_bytes() if file else sys.stdin.buffer.read() if text == "-" else None
    if data is None:
        return text or ""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise click.UsageError("the text is not UTF-8") from None


def _one(text: str, config: Path | None, *, as_json: bool) -> None:
    with collector_paused():
        from gateway.cli.console import classification_json, console, echo_json, show_classification
        from gateway.loadout import judge_text, load_engine

        classification = judge_text(load_engine(config), text)
        if as_json:
            echo_json(classification_json(classification))
        else:
            show_classification(console(), classification, {"": text})
        gc.freeze()  # the process is about to end: nothing is worth collecting


def _corpus(lines: BinaryIO, config: Path | None) -> None:
    from gateway.cli.console import classification_json
    from gateway.loadout import judge_text, load_engine

    engine = load_engine(config)
    wrong = 0
    for line in _with_progress(lines):
        try:
            text = json.loads(line)["text"]
            if not isinstance(text, str):
                raise TypeError
        except (ValueError, TypeError, KeyError, RecursionError):
            wrong += 1
            result: dict[str, object] = {"error": 'the line is not {"text": "…"}'}
        else:
            result = classification_json(judge_text(engine, text))
        sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    if wrong:
        click.echo(f'{wrong} line{"s" if wrong > 1 else ""} could not be read: expected {{"text": "…"}}', err=True)
        sys.exit(1)


def _with_progress(lines: BinaryIO) -> Iterator[bytes]:
    """Yield the lines; on a terminal with a bar by bytes read."""
    if not sys.stderr.isatty():
        yield from lines
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        size = Path(lines.name).stat().st_size if lines.name != "<stdin>" else None
        task = progress.add_task("checking", total=size)
        for line in lines:
            yield line
            progress.advance(task, len(line))
