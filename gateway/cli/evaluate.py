"""`privacy-gateway evaluate`: scores on labelled texts. Thin: reads files, prints what `gateway.evaluation` counts."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.options import CONFIG

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.core.model import Finding
    from gateway.evaluation.entities import EntityScores
    from gateway.evaluation.examples import Example
    from gateway.evaluation.levels import LevelScores
    from gateway.evaluation.run import Evaluation, Rival
    from gateway.evaluation.sweep import EntityPoint, LevelPoint

__all__ = ["evaluate", "evaluate_examples", "load_examples"]


@click.command(
    epilog="""\b
Examples:
  privacy-gateway evaluate prompts.jsonl
  privacy-gateway evaluate prompts.jsonl --html report.html --compare presidio
  privacy-gateway evaluate corpus/brat --json | jq '.systems.gateway.entities.exact'
  privacy-gateway evaluate prompts.jsonl --limit 100 --html report.html --with-text

\b
A line of DATASET (only text is required; what is left out is not scored):
  {"text": "…", "sensitivity": "high", "spans": [[0, 8, "PERSON"]], "genre": "mail", "language": "en"}
or a directory with NAME.txt and NAME.ann (brat); MEDDOCAN's kinds are known.

\b
exact    borders and type of a finding are those of a labelled span
overlap  a finding shares a character with a labelled span of its type
covered  each letter and digit of a labelled span lies in a finding of whatever type (what a tokeniser needs)
leaked   labelled high or moderate, and would reach a cloud as it is, by the gateway's own plan with one upstream of
         the usual clearance in each zone
kept     labelled low, and would not reach a cloud
Precision counts findings of those types that the data labels. Intervals are Wilson's, 95 %. Speed is CPU time of
finding and classifying, so that of one core.""",
)
@click.argument("dataset", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a report, one file, here.")
@click.option(
    "--compare",
    metavar="presidio[:PIPELINE]",
    help="Run stock Presidio on the same texts: on a blank spaCy pipeline (no names), or on an installed one.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many texts.")
@click.option("--model", default="gpt-4o", show_default=True, help="The model that planned requests name.")
@click.option("--with-text", is_flag=True, help="Show the text of errors. It is private: the report then is, too.")
@CONFIG
def evaluate(
    dataset: Path,
    config: Path | None,
    html: Path | None,
    compare: str | None,
    limit: int | None,
    model: str,
    as_json: bool,
    with_text: bool,
) -> None:
    """Score detection and classification on the labelled texts in DATASET: JSON lines, or a directory of brat files."""
    examples, digest = load_examples(dataset)
    if not examples:
        raise click.UsageError(f"there are no texts in {dataset}")
    result = evaluate_examples(
        examples[:limit], digest, dataset.name, config=config, compare=compare, model=model, with_text=with_text
    )
    if html is not None:
        from gateway.evaluation.page import page

        html.write_text(page(result), encoding="utf-8")
    if as_json:
        from gateway.cli.console import echo_json

        echo_json(result.fields())
    else:
        _show(result, with_text=with_text)
    if html is not None:
        click.echo(f"Report: {html}", err=True)


def load_examples(dataset: Path) -> tuple[list[Example], str]:
    """Return the examples in a file or a directory of brat files, and the SHA-256 of what was read.

    Of a directory: over each file's name (from there), a zero byte, and the digest of its content, in order of names.
    """
    from gateway.evaluation.examples import read_brat, read_jsonl

    if dataset.is_file():
        data = dataset.read_bytes()
        return read_jsonl(data, dataset.name), hashlib.sha256(data).hexdigest()
    examples: list[Example] = []
    whole = hashlib.sha256()
    for file in sorted(dataset.rglob("*.txt")):
        annotations = file.with_suffix(".ann")
        if not annotations.is_file():
            continue
        place = file.relative_to(dataset).with_suffix("").as_posix()
        for each in (annotations, file):
            whole.update(each.relative_to(dataset).as_posix().encode() + b"\0")
            whole.update(hashlib.sha256(each.read_bytes()).digest())
        try:
            # Line ends are kept: brat's offsets count them.
            text, notes = (each.read_bytes().decode("utf-8") for each in (file, annotations))
        except UnicodeDecodeError:
            raise click.UsageError(f"{place} is not UTF-8") from None
        examples.append(read_brat(text, notes, place))
    return examples, whole.hexdigest()


def evaluate_examples(
    examples: list[Example],
    digest: str,
    name: str,
    *,
    config: Path | None = None,
    compare: str | None = None,
    model: str = "gpt-4o",
    with_text: bool = False,
) -> Evaluation:
    """Score the gateway of `config` on `examples`, with a bar on a terminal."""
    from gateway.dialects.openai_chat import OpenAIChat
    from gateway.evaluation.judging import PipelineJudge
    from gateway.evaluation.run import evaluate as score
    from gateway.imaginary import imaginary_upstreams
    from gateway.loadout import load_engine, prepare

    rival = _rival(compare) if compare else None
    dialect = OpenAIChat()
    engine = load_engine(config)
    prepare(engine)
    judge = PipelineJudge(engine, dialect, imaginary_upstreams(dialect.family), time.process_time, model)
    return score(
        examples,
        judge,
        time.process_time,
        dataset=name,
        sha256=digest,
        rival=rival,
        progress=_with_progress,
        with_text=with_text,
    )


def _rival(compare: str) -> Rival:
    from gateway.adapters.stock_presidio import stock_presidio
    from gateway.evaluation.run import Rival

    name, _, pipeline = compare.partition(":")
    if name != "presidio":
        raise click.UsageError("--compare knows presidio and presidio:PIPELINE")
    find = stock_presidio(pipeline)

    def once(text: str) -> list[Finding]:
        return list(find(text))

    once("Call +1 212 664 7665 on 2024-05-06.")
    return Rival(f"presidio on {pipeline or 'a blank pipeline'}", once)


def _with_progress(examples: Iterable[Example], what: str) -> Iterator[Example]:
    """Yield the examples; on a terminal with a bar."""
    if not sys.stderr.isatty():
        yield from examples
        return
    from rich.console import Console
    from rich.progress import Progress

    items = list(examples)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=len(items))
        for item in items:
            yield item
            progress.advance(task)


def _show(result: Evaluation, *, with_text: bool) -> None:
    from gateway.cli.console import console

    out = console()
    out.print(f"{result.dataset}  sha256 {result.sha256}")
    judged = ", ".join(f"{count} {level}" for level, count in result.judged.items())
    out.print(f"{sum(result.judged.values())} texts, judged {judged}")
    if result.levels is not None:
        _show_levels(out, result.levels)
    for system in result.systems:
        if system.entities is not None and system.entities.tallies:
            _show_entities(out, system.name, system.entities)
    if result.systems[0].sweep:
        _show_entity_sweep(out, result.systems[0].sweep)
    for title, points in (("least score of a finding", result.by_score), ("threshold of topics", result.by_topic)):
        if points:
            _show_level_sweep(out, title, points)
    out.print("\nSpeed on one core")
    for system in result.systems:
        speed = system.speed
        figures = f"{speed.megabytes_per_second:8.3f} MB/s {speed.texts_per_second:10.1f} texts/s"
        out.print(f"  {system.name:32}{figures}   {system.flagged} texts with findings")
    for kind, flaws in result.flaws.items() if with_text else ():
        out.print(f"\nWorst: {kind}")
        for flaw in flaws:
            span = f" [{flaw.span[0]}, {flaw.span[1]}]" if flaw.span else ""
            out.print(f"  {flaw.place}{span} {flaw.detail}")
            if flaw.text:
                before, itself, after = (" ".join(part.split()) for part in flaw.text)
                out.print(f"      {before} «{itself}» {after}")
    if result.flaws and not with_text:
        counts = ", ".join(f"{len(flaws)} {kind}" for kind, flaws in result.flaws.items())
        out.print(f"\nErrors kept for --json, --html and --with-text: {counts}")


def _show_levels(out: Console, levels: LevelScores) -> None:
    from gateway.core.model import Sensitivity
    from gateway.evaluation.levels import RATES

    out.print(f"\nLevels: {levels.texts} texts, macro-F1 {_number(levels.confusion.macro_f1)}")
    order = tuple(reversed(Sensitivity))
    out.print("  labelled \\ judged" + "".join(f"{level.label:>10}" for level in order))
    for labelled in order:
        counts = (levels.confusion.counts.get((labelled, judged), 0) for judged in order)
        f1 = _number(levels.confusion.f1(labelled))
        out.print(f"  {labelled.label:17}" + "".join(f"{count:10}" for count in counts) + f"   F1 {f1}")
    for name, meaning in RATES.items():
        share = levels.rates[name]
        if share.count:
            low, high = (100 * bound for bound in share.interval)
            figure = f"{100 * (share.value or 0):5.1f} %  [{low:.1f}, {high:.1f}]  {share.hits} of {share.count}"
            out.print(f"  {name:16} {figure:40} {meaning}")
    for genre, (right, rates) in levels.by_genre.items():
        parts = (f"{name} {share.hits} of {share.count}" for name, share in rates.items() if share.count and share.hits)
        out.print(f"    {genre:20} right {right.hits} of {right.count}  {'  '.join(parts)}")
    if levels.failures:
        out.print(f"  a detector failed on {levels.failures} texts: they count as high")


def _show_entities(out: Console, name: str, scores: EntityScores) -> None:
    from gateway.evaluation.entities import MATCHINGS

    out.print(
        f"\nEntities, {name}: {scores.examples} texts; {scores.set_aside} findings of types that are not labelled"
    )
    for matching in MATCHINGS:
        head = "".join(f"{word:>11}" for word in ("gold", "found", "precision", "recall", "F1", "F2", "covered"))
        out.print(f"  {matching:38}{head}")
        for entity_type, genre, tally in scores.rows(matching):
            covered = tally.covered / tally.gold if tally.gold else None
            figures = (tally.precision, tally.recall, tally.f(), tally.f(2), covered)
            label = f"{entity_type or 'all types'}{' / ' + genre if genre else ''}"
            row = f"{tally.gold:11}{tally.found:11}" + "".join(f"{_number(figure):>11}" for figure in figures)
            out.print(f"    {label:36}{row}")


def _show_entity_sweep(out: Console, points: Iterable[EntityPoint]) -> None:
    out.print(
        "\nEntities by least score of a finding (exact)\n  least score  precision     recall         F2    covered"
    )
    for point in points:
        figures = (point.precision, point.recall, point.f2, point.covered)
        out.print(f"  {point.threshold:11.2f}" + "".join(f"{_number(figure):>11}" for figure in figures))


def _show_level_sweep(out: Console, title: str, points: Iterable[LevelPoint]) -> None:
    out.print(f"\nLevels by {title}: macro-F1, high or moderate judged low, low judged more")
    for point in points:
        leaked, blocked = (share.value for share in (point.leaked, point.blocked))
        out.print(
            f"  {point.threshold:5.2f}  {_number(point.macro_f1):>6}  leaked {_number(leaked):>6}"
            f"  blocked {_number(blocked):>6}"
        )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
