"""Presidio and packs as one recogniser of the gateway.

Packs, and the pattern recognisers of Presidio's that a pack names, run in the gateway's own scanner
(`gateway.detect.engine` says why); from Presidio come their patterns and checksums. Presidio's `AnalyzerEngine` itself
runs where the user names a spaCy pipeline that has an entity model: then its findings are findings too. Without one
nothing is tokenised, so there is no download and no string store of spaCy's that grows.

Importing Presidio costs two thirds of a second, mostly spaCy's, and its memory. So the packs as they are shipped name
none of its recognisers: their own find what those find (tested). For a user's pack the import is put off until a text
needs it: the pack names the entity type, and `shape` and context words tell when it could match.

Presidio logs what it validates (`Failed to validate text …`), so its loggers are turned off (invariant 4).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.adapters.spacy_ner import SpacyEntities
from gateway.core.errors import ConfigurationError, DetectionError, Problem
from gateway.core.model import OPAQUE, Finding, Segment
from gateway.core.protocols import Cues
from gateway.detect.checks import CHECKS, Check
from gateway.detect.context import keys_as_text
from gateway.detect.engine import Hit, Scanner
from gateway.detect.headed import HEADS, headed
from gateway.detect.normalize import SIGNS, numeric
from gateway.detect.numerals import NUMERALS
from gateway.detect.packs import Pack, PresidioSpec, RecognizerPack, RecognizerSpec, flags
from gateway.detect.placeholders import AROUND, is_documented_example
from gateway.detect.rules import LateRule, Pattern, Rule
from gateway.detect.sieves import PatternSieve

__all__ = ["THRESHOLD", "PresidioRecognizer", "presidio_rule", "quiet", "rule_of"]

THRESHOLD: Final = 0.4
"""Matches less certain than this are not reported."""
_LOGGERS: Final = ("presidio-analyzer", "presidio_analyzer", "decision_process", "spacy")
_INLINE_FLAG: Final = re.compile(r"\(\?i\)")


class PresidioRecognizer:
    """Finds what packs and, where a pipeline is named, an entity model of spaCy's describe.

    Args:
        packs: recogniser packs; others are ignored.
        pipeline: a spaCy pipeline that is installed (`en_core_web_lg`) or a path to one; None for none.
        languages: pipelines for segments in one language, by its code; the others are for `pipeline`.
        identify: tells a segment's language, "" if it is not sure.
        threshold: matches less certain than this are not reported.
        gated: False runs every pattern over every text; for tests, which compare both.

    Raises:
        ConfigurationError: if the pipeline cannot be loaded.
    """

    def __init__(
        self,
        packs: Sequence[Pack],
        *,
        pipeline: str | None = None,
        languages: Mapping[str, str] | None = None,
        identify: Callable[[str], str] = lambda _: "",
        threshold: float = THRESHOLD,
        gated: bool = True,
    ) -> None:
        specs = [spec for pack in packs if isinstance(pack, RecognizerPack) for spec in pack.recognizers]
        self._packs = tuple(pack for pack in packs if isinstance(pack, RecognizerPack))
        self._threshold = threshold
        self._gated = gated
        self._narrow: dict[frozenset[str], PresidioRecognizer] = {}
        self._scanner = Scanner(
            [rule_of(spec) for spec in specs if isinstance(spec, RecognizerSpec)],
            late=[_late(spec) for spec in specs if isinstance(spec, PresidioSpec)],
            threshold=threshold,
            asked=(SIGNS, HEADS),
            expressions=NUMERALS,
            gated=gated,
        )
        self._entities = SpacyEntities(pipeline) if pipeline is not None else None
        self._of_language = {code: SpacyEntities(name) for code, name in (languages or {}).items()}
        self._identify = identify
        self._types = frozenset(spec.supported_entity for spec in specs)
        self._sieve = self._scanner.sieve() if pipeline is None and not languages else None
        self._modelled = frozenset[str]()
        for entities in (self._entities, *self._of_language.values()):
            self._modelled |= entities.entity_types if entities is not None else frozenset()
        self._types |= self._modelled

    def only(self, types: frozenset[str]) -> PresidioRecognizer:
        """Return one of the same findings as far as they are of `types`; itself where an entity model finds them."""
        if not self._modelled.isdisjoint(types):
            return self
        narrow = self._narrow.get(types)
        if narrow is None:
            packs = [pack.model_copy(update={"recognizers": _of(pack, types)}) for pack in self._packs]
            narrow = PresidioRecognizer(packs, threshold=self._threshold, gated=self._gated)
            self._narrow[types] = narrow
        return narrow

    def signs(self, text: str) -> int:
        """Return the kinds of signs in `text`."""
        return 1 if self._sieve is None else self._sieve.signs(text)

    def cues(self) -> Cues | None:
        """Return what the signs are made of."""
        return None if self._sieve is None else self._sieve.cues()

    def may_find(self, signs: int) -> bool:
        """Return whether anything may be found in a text with such signs."""
        return PatternSieve.may_find(signs)

    @property
    def name(self) -> str:
        """`presidio`; findings name the pack's recogniser."""
        return "presidio"

    @property
    def entity_types(self) -> frozenset[str]:
        """All entity types of the packs, and of the pipelines if there are any."""
        return self._types

    def warm(self) -> None:
        """Load now what would be loaded when a text first needs it.

        Raises:
            DetectionError: if Presidio cannot be loaded.
        """
        try:
            self._scanner.warm()
        except Exception as error:  # noqa: BLE001 - any failure means the same: no detection
            raise DetectionError(f"Presidio cannot be loaded ({type(error).__name__})") from None

    def prepare(self) -> Iterator[None]:
        """Do in small steps what is else done when a text first asks for a recogniser."""
        return self._scanner.prepare()

    def analyze(self, segments: Sequence[Segment]) -> list[Finding]:
        """Return all findings; they may overlap. The pipeline settles that, for it knows which types are sensitive.

        Raises:
            DetectionError: if any recogniser fails; then nothing is known about the segments.
        """
        try:
            found: list[Finding] = []
            led: dict[tuple[str, ...], str] = {}  # neighbours have the same context, and views that of their segment
            for segment in segments:
                if segment.kind is not OPAQUE and segment.text:
                    keys = led.get(segment.context)
                    if keys is None:
                        keys = led[segment.context] = keys_as_text(segment.context)
                    found += self._found(segment, keys)
        except Exception as error:  # noqa: BLE001 - any failure means the same: unscanned text
            # Whatever fails, the text counts as unscanned. The cause stays out of the message and of the chain: it
            # may hold text.
            raise DetectionError(f"a recogniser failed ({type(error).__name__})") from None
        return found

    def _found(self, segment: Segment, keys: str) -> list[Finding]:
        text, path = segment.text, segment.path
        profile = self._scanner.profile(text, keys)
        hits = self._scanner.scan_profile(profile)
        entities = self._of_language.get(self._identify(text), self._entities) if self._of_language else self._entities
        if entities is not None:
            hits += entities.scan(text)
        found = [
            Finding(path, hit.entity_type, hit.start, hit.end, hit.score, hit.recognizer)
            for hit in hits
            if _is_real(hit, text)
        ]
        for view in numeric(profile):
            for hit in self._scanner.scan_profile(self._scanner.profile(view.text, keys)):
                if view.is_whole(hit.start, hit.end) and _is_real(hit, view.text):
                    start, end = view.original(hit.start, hit.end)
                    found.append(Finding(path, hit.entity_type, start, end, hit.score, hit.recognizer))
        for view in headed(profile):
            for hit in self._scanner.scan(view.text):
                if view.is_whole(hit.start, hit.end) and _is_real(hit, view.text):
                    start, end = view.original(hit.start, hit.end)
                    found.append(Finding(path, hit.entity_type, start, end, hit.score, hit.recognizer))
        return found


def _of(pack: RecognizerPack, types: frozenset[str]) -> tuple[RecognizerSpec | PresidioSpec, ...]:
    return tuple(spec for spec in pack.recognizers if spec.supported_entity in types)


def _is_real(hit: Hit, text: str) -> bool:
    """Tell whether a hit is no documented example."""
    around = text[max(hit.start - AROUND, 0) : hit.end + AROUND]
    return not is_documented_example(hit.entity_type, text[hit.start : hit.end], around)


def rule_of(spec: RecognizerSpec) -> Rule:
    """Return the rule that a pack's recogniser describes."""
    wanted = int(flags(case=spec.case))
    patterns = [Pattern(pattern.regex, wanted, pattern.score) for pattern in spec.patterns]
    if spec.deny_list:
        words = "|".join(re.escape(word) for word in sorted(spec.deny_list, key=len, reverse=True))
        patterns.append(Pattern(rf"(?<!\w)(?:{words})(?!\w)", wanted, spec.deny_list_score))
    return Rule(
        name=spec.name,
        entity_type=spec.supported_entity,
        patterns=tuple(patterns),
        check=CHECKS[spec.check] if spec.check else None,
        valid=spec.valid,
        context=spec.context,
        context_required=spec.context_required,
        literals=spec.literals,
        case=spec.case,
        min_digits=spec.min_digits,
    )


def _late(spec: PresidioSpec) -> LateRule:
    return LateRule(
        make=lambda: presidio_rule(spec),
        min_digits=spec.min_digits,
        context=spec.context if spec.context_required else (),
    )


def presidio_rule(spec: PresidioSpec) -> Rule:
    """Return the rule that one of Presidio's pattern recognisers makes, with the pack's overrides.

    Raises:
        ConfigurationError: if Presidio has no such pattern recogniser, or not the entity type or patterns named.
    """
    quiet()
    from presidio_analyzer import PatternRecognizer, predefined_recognizers

    kind = getattr(predefined_recognizers, spec.presidio, None)
    if not (isinstance(kind, type) and issubclass(kind, PatternRecognizer)):
        raise _unusable(spec, "Presidio has no such pattern recogniser")
    recognizer: Any = kind(supported_language="en")  # type: ignore[call-arg]  # each has its own entity
    if recognizer.supported_entities != [spec.supported_entity]:
        raise _unusable(spec, f"it finds {recognizer.supported_entities[0]}, not {spec.supported_entity}")
    unknown = set(spec.scores) - {pattern.name for pattern in recognizer.patterns}
    if unknown:
        raise _unusable(spec, f"it has no pattern {min(unknown)!r}")
    wanted = int(flags(case=spec.case))
    patterns = (
        Pattern(_INLINE_FLAG.sub("", pattern.regex), wanted, spec.scores.get(pattern.name, pattern.score))
        for pattern in recognizer.patterns
    )
    return Rule(
        name=spec.label,
        entity_type=spec.supported_entity,
        patterns=tuple(pattern for pattern in patterns if pattern.score > 0),
        check=_check_of(recognizer),
        valid=spec.valid,
        context=spec.context or tuple(recognizer.context or ()),
        context_required=spec.context_required,
        case=spec.case,
        min_digits=spec.min_digits,
    )


def _check_of(recognizer: Any) -> Check:
    def check(text: str) -> bool | None:
        if recognizer.invalidate_result(text):
            return False
        verdict = recognizer.validate_result(text)
        return None if verdict is None else bool(verdict)

    return check


def _unusable(spec: PresidioSpec, message: str) -> ConfigurationError:
    return ConfigurationError([Problem("", 0, f"{spec.presidio}: {message}", mend="correct the pack")])


def quiet() -> None:
    """Turn off the loggers of Presidio and spaCy: they write values and context words."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.disabled = True
        logger.propagate = False
