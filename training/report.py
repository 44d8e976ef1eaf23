"""Scores the gateway on the development sets and writes the tables: `python -m training.report --data ../shared/data`.

Runs what `privacy-gateway evaluate` runs, with the bundled policy, recognisers and models, on texts that no model was
trained on (`training/sets.py` says which). Writes the short table between `<!-- scores -->` marks in README.md and the
whole into docs/quality.md, with the SHA-256 of every set and with how many of its texts share eight words in a row with
training texts. `--limit N` scores a sample of the big sets; the tables then say so.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.adapters.stock_presidio import stock_presidio
from gateway.dialects.openai_chat import OpenAIChat
from gateway.evaluation.entities import MATCHINGS, Tally
from gateway.evaluation.judging import PipelineJudge
from gateway.evaluation.levels import RATES
from gateway.evaluation.run import Evaluation, Rival, System, evaluate
from gateway.evaluation.shares import Share
from gateway.imaginary import imaginary_upstreams
from gateway.loadout import load_engine, prepare
from training.common.overlap import runs
from training.entity import corpora
from training.entity.synthesis import compose
from training.sets import SETS, hashes, read_set
from training.topics.rows import make_rows

__all__ = ["entity_texts", "main", "readme_table", "topic_texts"]

ROOT: Final = Path(__file__).parent.parent
_MARKS: Final = re.compile(r"(<!-- scores -->\n).*?(<!-- /scores -->)", re.DOTALL)
_COMPARED: Final = frozenset({"values", "arena-all"})
"""Sets on which stock Presidio is run as well."""


def main() -> None:
    """Score, print and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that SOURCES.md describes")
    parser.add_argument("--limit", type=int, help="score so many texts of each set, spread evenly")
    parser.add_argument("--sets", nargs="*", choices=sorted(SETS), help="only these; nothing is written")
    parser.add_argument("--worst", action="store_true", help="print the worst errors with their text (public texts)")
    given = parser.parse_args()
    results = {}
    for name in given.sets or SETS:
        results[name] = _scored(name, given.data, given.limit, with_text=given.worst)
        print(f"{name}: {time.process_time():.0f} s of CPU so far")
        if given.worst:
            _show_worst(name, results[name])
    if given.sets:
        for name, result in results.items():
            print("\n".join(_of_set(name, result)))
        return
    table = readme_table(results)
    print(table)
    shared = _overlaps(given.data, given.limit)
    (ROOT / "docs" / "quality.md").write_text(_page(results, table, shared, given.data, given.limit), encoding="utf-8")
    readme = ROOT / "README.md"
    written = readme.read_text(encoding="utf-8")
    if _MARKS.search(written) is None:
        print("README.md has no <!-- scores --> marks: it stays as it is")
    else:
        readme.write_text(_MARKS.sub(lambda match: match[1] + table + match[2], written), encoding="utf-8")


def _scored(name: str, data: Path, limit: int | None, *, with_text: bool) -> Evaluation:
    examples, digest = read_set(name, data, limit)
    dialect = OpenAIChat()
    engine = load_engine(None)
    prepare(engine)
    judge = PipelineJudge(engine, dialect, imaginary_upstreams(dialect.family), time.process_time)
    rival = Rival("stock Presidio, no entity model", stock_presidio()) if name in _COMPARED else None
    return evaluate(
        examples, judge, time.process_time, dataset=name, sha256=digest, rival=rival, with_text=with_text, count=40
    )


def readme_table(results: Mapping[str, Evaluation]) -> str:
    """Return the short table: what was measured, what was reached with its 95 % interval, what is asked for."""
    rows = [
        ("", "reached", "95 %", "texts", "goal"),
        ("---",) * 5,
        *_level_rows(results["levels"]),
        *_level_rows(results["honest"], "of these the older ones: "),
        *_level_rows(results["afresh"], "of these those written afresh, errors unread: "),
        *_ordinary_rows(results["arena"], "unseen prompts of real users"),
        *_ordinary_rows(results["clinc150"], "unseen questions to assistants"),
        *(_person_row(results[name], where, goal) for name, where, goal in _PERSONS),
        *_covered_rows(results["composed"], results["values"]),
        *_clinical_rows(results["clinical"]),
        _speed_row(results["arena-all"]),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


_Row = tuple[str, ...]
_PERSONS: Final = (
    ("wnut", "web text (WNUT)", "≥ 0.65"),
    ("btc", "web text (tweets)", "≥ 0.65"),
    ("wikigold", "Wikipedia", "≥ 0.70"),
    ("gum", "interviews, court, academic", "≥ 0.60"),
)


def _level_rows(result: Evaluation, whose: str = "") -> Iterator[_Row]:
    levels = result.levels
    if levels is None:
        return
    what = f"{whose}macro-F1" if whose else "Sensitivity of prompts: macro-F1"
    yield what, f"{levels.confusion.macro_f1 or 0:.3f}", "", f"{levels.texts}", "≥ 0.90"
    yield _share_row(f"{whose}high or moderate, would reach a cloud as it is", levels.rates["leaked"], "≤ 2 %")
    yield _share_row(f"{whose}low, kept from the cloud", levels.rates["kept"], "≤ 5 %")


def _ordinary_rows(result: Evaluation, what: str) -> Iterator[_Row]:
    if result.levels is not None:
        yield _share_row(f"{what}: judged high", result.levels.rates["low_judged_high"], "≤ 2 %")
        yield _share_row(f"{what}: not low", result.levels.rates["low_not_low"], "≤ 12 %")


def _person_row(result: Evaluation, where: str, goal: str) -> _Row:
    scores = result.systems[0].entities
    tally = scores.of("exact", "PERSON") if scores else Tally()
    texts = scores.examples if scores else 0
    return f"PERSON F1, exact borders: {where}", f"{tally.f() or 0:.3f}", "", f"{texts}", goal


def _covered_rows(composed: Evaluation, valued: Evaluation) -> Iterator[_Row]:
    for result, kind, what, goal in (
        (composed, "PERSON", "private names in prompts", "≥ 90 %"),
        (composed, "STREET_ADDRESS", "street addresses in prompts", "≥ 85 %"),
        (valued, "PHONE_NUMBER", "phones of all countries", "≥ 90 %"),
        (valued, "CREDIT_CARD", "cards", "≥ 95 %"),
        (valued, "EMAIL_ADDRESS", "mail addresses", "100 %"),
        (valued, "IBAN_CODE", "IBANs", "100 %"),
        (valued, "US_SSN", "social security numbers", "100 %"),
    ):
        yield _share_row(f"covered: {what}", _covered(result.systems[0], kind), goal)


def _clinical_rows(result: Evaluation) -> Iterator[_Row]:
    yield _share_row("clinical texts: protected items covered", _covered(result.systems[0], ""), "≥ 95 %")
    high = Share(result.protected_judged["high"], sum(result.protected_judged.values()))
    yield _share_row("clinical texts: judged high", high, "≥ 97 %")


def _speed_row(result: Evaluation) -> _Row:
    ours, *others = result.systems
    rates = [f"{system.speed.megabytes_per_second:.2f} MB/s" for system in (ours, *others)]
    aside = f" (stock Presidio beside it: {rates[1]})" if others else ""
    what = "detection on one core (normalise, patterns, entity model, topics), prompts of real users, each read once"
    return f"{what}{aside}", rates[0], "", f"{ours.speed.texts}", "≥ 1 MB/s"


def _covered(system: System, kind: str) -> Share:
    tally = system.entities.of("exact", kind) if system.entities else Tally()
    return Share(tally.covered, tally.gold)


def _share_row(what: str, share: Share, goal: str) -> _Row:
    low, high = share.interval
    return what, f"{100 * (share.value or 0):.1f} %", f"{100 * low:.1f} to {100 * high:.1f}", f"{share.count}", goal


def entity_texts(data: Path) -> Iterator[str]:
    """Yield what the entity model learns from: corpora, and a sample of what is composed."""
    for name in ("wnut", "btc", "gum", "wikigold"):
        yield from (example.text for example in corpora.named(data, name, dev=False))
    yield from (example.text for example in corpora.clinical_spanish(data, dev=False))
    yield from (example.text for example in corpora.clinical_english(data))
    yield from (example.text for example in corpora.ordinary(data, dev=False))
    yield from (example.text for example in compose(random.Random(1), 10_000, dev=False, names=False))


def topic_texts(data: Path) -> Iterator[str]:
    """Yield what the topic model learns from."""
    yield from (row.text for row in make_rows(data) if not row.held_out)


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a set shares with the training texts of the model that it tests.

    Attributes:
        texts: those that share a run of eight words, of those long enough to have one.
        words: runs that are shared, of all runs: a formula in every text weighs little here.
    """

    texts: Share
    words: Share


def _overlaps(data: Path, limit: int | None) -> dict[str, Overlap]:
    """Return for each set what it shares with what its model learned from: topics where it has levels, else entities."""
    known = {model: frozenset().union(*map(runs, texts(data))) for model, texts in _LEARNED.items()}
    overlaps = {}
    for name in SETS:
        examples = read_set(name, data, limit)[0]
        learned = known["topics" if any(example.level is not None for example in examples) else "entities"]
        own = [found for example in examples if (found := runs(example.text))]
        overlaps[name] = Overlap(
            Share(sum(not found.isdisjoint(learned) for found in own), len(own)),
            Share(sum(len(found & learned) for found in own), sum(map(len, own))),
        )
    return overlaps


_LEARNED: Final = {"entities": entity_texts, "topics": topic_texts}


def _page(
    results: Mapping[str, Evaluation], table: str, shared: Mapping[str, Overlap], data: Path, limit: int | None
) -> str:
    first = next(iter(results.values()))
    sample = f" A sample: at most {limit} texts of each set." if limit else ""
    lines = [
        "<!-- written by training/report.py: made by `report` in training/Makefile -->\n",
        "# How good detection is\n",
        "Measured with the bundled policy, recognisers and models on texts that the model under test was not trained on, by what",
        f"`privacy-gateway evaluate` runs.{sample} Score your own data the same way: `privacy-gateway evaluate --help`.\n",
        f"Policy `{first.revisions['policy_revision']}`, classifiers `{first.revisions['classifier_revision']}`.\n",
        table,
        (
            'Intervals are Wilson\'s. "Covered": each letter and digit lies in some finding. Composed prompts and values come '
            "from this\nproject's own generators, so they flatter; the corpora and the honest set do not. `arena-all` is "
            "here for speed: most of it\nwas training data. Speed is counted in CPU time, all recognisers being loaded, and "
            "texts and most of their\nwords not seen before; the policy's own time is not part of it.\n"
        ),
        "## The sets\n",
        "Shared with training: runs of eight words that also stand in what the model under test learned from (the topic",
        "model where a set has levels, else the entity model): texts with such a run, and the share of all runs. Where many",
        "texts share few runs, the runs are formulas (the headings of clinical records).\n",
        "| set | what | texts | SHA-256 of its texts and labels | texts that share | runs that are shared |",
        "|---|---|---|---|---|---|",
        *(
            f"| {name} | {SETS[name].what} | {result.systems[0].speed.texts} | `{result.sha256[:16]}…` | "
            f"{shared[name].texts.hits} of {shared[name].texts.count} | {100 * (shared[name].words.value or 0):.1f} % |"
            for name, result in results.items()
        ),
        "\nFiles they come from:\n",
        *(f"- `{name}` sha256 `{digest}`" for name, digest in hashes(data).items()),
    ]
    for name, result in results.items():
        lines += _of_set(name, result)
    return "\n".join(lines) + "\n"


def _of_set(name: str, result: Evaluation) -> Iterable[str]:
    yield f"\n## {name}: {SETS[name].what}\n"
    judged = ", ".join(f"{count} {level}" for level, count in result.judged.items())
    yield f"Judged: {judged}. SHA-256 `{result.sha256}`.\n"
    if result.levels is not None:
        yield "| labelled | judged high | judged moderate | judged low |\n|---|---|---|---|"
        for level, counts in result.levels.confusion.fields().items():
            if sum(counts.values()):
                yield f"| {level} | {counts['high']} | {counts['moderate']} | {counts['low']} |"
        yield "\n| | share | 95 % | of |\n|---|---|---|---|"
        for rate, share in result.levels.rates.items():
            if share.count:
                yield f"| {' | '.join(_share_row(RATES[rate], share, '')[:4])} |"
    for system in result.systems:
        if system.entities is not None and system.entities.tallies:
            yield from _of_entities(system)
    for system in result.systems:
        speed = system.speed
        yield (
            f"\n{system.name}: {speed.megabytes_per_second:.2f} MB/s, {speed.texts_per_second:.0f} texts/s; "
            f"something found in {system.flagged} of {speed.texts} texts."
        )


def _of_entities(system: System) -> Iterator[str]:
    scores = system.entities
    assert scores is not None
    yield f"\n| {system.name} | labelled | precision | recall | F1 | F2 | F1 by overlap | covered |\n|---|---|---|---|---|---|---|---|"
    overlap = {(kind, genre): tally for kind, genre, tally in scores.rows(MATCHINGS[1])}
    for kind, genre, tally in scores.rows(MATCHINGS[0]):
        if genre and kind:
            continue
        figures = (tally.precision, tally.recall, tally.f(), tally.f(2), overlap[kind, genre].f())
        cells = ("–" if figure is None else f"{figure:.3f}" for figure in figures)
        covered = f"{tally.covered / tally.gold:.3f}" if tally.gold else "–"
        yield f"| {genre or kind or 'all types'} | {tally.gold} | {' | '.join(cells)} | {covered} |"


def _show_worst(name: str, result: Evaluation) -> None:
    for kind, flaws in result.flaws.items():
        for flaw in flaws:
            before, itself, after = flaw.text or ("", "", "")
            print(f"{name} {kind} {flaw.place} {flaw.detail}: {before!r} [{itself!r}] {after!r}")


if __name__ == "__main__":
    main()
