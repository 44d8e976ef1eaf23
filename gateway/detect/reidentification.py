"""How likely the quasi-identifiers of a text pin down one person, though no name is in it.

Decisions kept here:

* Each of birth date, place, sex, descent and a rare role is harmless alone; together they may leave nobody else
  (L. Sweeney, "Simple Demographics Often Identify People Uniquely", 2000: birth date, ZIP code and sex single out 87 %
  of the US population). The risk is `1 / (1 + others)`: the chance to be right when one of all who fit is picked,
  `others` being the people who would fit by chance. Shares are taken as independent, which is coarse and enough for
  a rule: the figure for Sweeney's combination comes out at 0.85.
* It is a topic (`topics.reidentification`), not a finding: nothing in it could be replaced by a surrogate, and policies
  weigh it together with what the text is about.
* What counts together stands within `REACH` characters, over segments in their order, since the leaves of a record or
  the cells of a row follow one another. One pass with two pointers: linear in the number of findings.
* A town that is not in the list of large cities is taken for a small one, the cautious guess. Countries say nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

from gateway.core.light import light
from gateway.core.model import OPAQUE, Finding, Segment, Topics
from gateway.detect.phrases import Phrases

__all__ = ["REACH", "TOPIC", "ReidentificationRisk"]

TOPIC: Final = "reidentification"
REACH: Final = 600
"""Code points that may lie between the first and the last quasi-identifier of one person."""

_POPULATION: Final = 60_000_000.0
"""People in a country when no place is named: a large European one."""
_TOWN: Final = 20_000.0
_YEARS: Final = 80.0
_EVIDENT: Final = 0.1

_SHARES: Final[Mapping[str, tuple[str, float]]] = {
    "DATE_OF_BIRTH": ("birth", 1 / (_YEARS * 365)),
    "AGE": ("birth", 1 / _YEARS),
    "SEX": ("sex", 1 / 2),
    "NRP": ("descent", 1 / 50),
}
"""Entity type to its dimension and the share of people who have the same value."""
_PLACES: Final[Mapping[str, float]] = {
    "UK_POSTCODE": 40.0,
    "POSTAL_CODE": 10_000.0,
    "DE_PLZ": 10_000.0,
    "STREET_ADDRESS": 3.0,
}
"""Entity type to the people who live in such a place."""
_DIMENSIONS: Final[Mapping[str, str]] = {
    "LOCATION": "place",
    **dict.fromkeys(_PLACES, "place"),
    **{kind: dimension for kind, (dimension, _) in _SHARES.items()},
}
"""Entity types that can narrow down who somebody is, and in which dimension."""
_CITIES: Final[Mapping[str, float]] = {
    name: millions * 1_000_000
    for millions, names in {
        15: "tokyo|delhi|shanghai|são paulo|mexico city|cairo|mumbai|beijing|istanbul|lagos|moscow|seoul|jakarta|lima",
        8: "new york|london|paris|bangkok|hong kong|chicago|bogotá|madrid|toronto|los angeles|singapore|berlin|rio",
        2: "hamburg|münchen|munich|wien|vienna|roma|rome|barcelona|milano|milan|warszawa|warsaw|budapest|bucharest|kyiv"
        "|houston|philadelphia|dallas|phoenix|sydney|melbourne|montreal|lisboa|lisbon|manchester|birmingham|köln|cologne",
        0.6: "amsterdam|rotterdam|frankfurt|stuttgart|düsseldorf|leipzig|dortmund|essen|bremen|dresden|hannover"
        "|nürnberg|lyon|marseille|toulouse|lille|nice|valencia|sevilla|napoli|naples|torino|turin|palermo|genova|porto"
        "|kraków|krakow|łódź|wrocław|poznań|gdańsk|boston|seattle|denver|atlanta|miami|austin|san francisco|washington"
        "|dublin|glasgow|edinburgh|leeds|liverpool|oslo|stockholm|copenhagen|helsinki|prague|zürich|zurich|genève|geneva"
        "|brussels|antwerp|vancouver|ottawa|calgary",
    }.items()
    for name in names.split("|")
}
_COUNTRY_NAMES: Final = (
    "germany|deutschland|france|frankreich|spain|españa|italy|italia|poland|polska|portugal|netherlands|nederland|uk"
    "|united kingdom|england|scotland|wales|ireland|usa|us|united states|america|canada|mexico|brazil|brasil|europe"
    "|austria|österreich|switzerland|schweiz|suisse|belgium|sweden|norway|denmark|finland|china|japan|india|russia"
    "|ukraine|turkey|greece|australia|africa|asia|california|texas|florida|bayern|bavaria"
)
_COUNTRIES: Final = frozenset(_COUNTRY_NAMES.split("|"))
_RARE_ROLE: Final = re.compile(
    r"\b(?:mayor(?:ess)?|village (?:priest|doctor|teacher|midwife)|parish priest|head ?(?:master|mistress|teacher)"
    r"|lighthouse keeper|fire chief|police chief|chief of police|harbou?r ?master|station ?master|bishop|abbess|abbot"
    r"|coroner|town clerk|school principal|lottery winner|olympian|conjoined twins?|quadruplets|triplets"
    r"|the only (?:female |male |black |jewish |muslim |transgender |gay )?"
    r"(?:doctor|dentist|vet|lawyer|notary|pharmacist|midwife|teacher|woman|man|family|baker|butcher|judge|surgeon)"
    r"|Bürgermeister(?:in)?|Dorf(?:pfarrer|arzt|lehrerin?)|Schulleiter(?:in)?|Leuchtturmwärter(?:in)?|Bischof|Landrat"
    r"|Landrätin|einzige[rn]? (?:Arzt|Ärztin|Zahnarzt|Tierarzt|Notar|Hebamme|Frau|Mann)"
    r"|maire|curé du village|directrice d'école|directeur d'école|gardien de phare|évêque|alcalde(?:sa)?|párroco"
    r"|obispo|sindaco|sindaca|parroco|vescovo|burgemeester|bisschop|prefeit[oa]|burmistrz|wójt|proboszcz|biskup)\b",
    re.IGNORECASE,
)
_HELD: Final = (
    "mayor", "village priest", "village doctor", "village teacher", "village midwife", "parish priest", "head+master",
    "head+mistress", "head+teacher", "lighthouse keeper", "fire chief", "police chief", "chief of police",
    "harbo+master", "station+master", "bishop", "abbess", "abbot", "coroner", "town clerk", "school principal",
    "lottery winner", "olympian", "conjoined twin", "quadruplets", "triplets", "the only", "bürgermeister", "dorf",
    "schulleiter", "leuchtturm", "bischof", "landr", "einzige", "maire", "curé", "directrice d'", "directeur d'",
    "gardien de phare", "évêque", "alcalde", "párroco", "obispo", "sindac", "parroco", "vescovo", "burgemeester",
    "bisschop", "prefeit", "burmistrz", "wójt", "proboszcz", "biskup",
)  # fmt: skip
"""Each of the roles holds the parts of one of these and begins with the first: most texts with a school have none."""
_ROLES: Final = Phrases(_RARE_ROLE, [tuple(held.split("+")) for held in _HELD])
_ROLE_SHARE: Final = 1 / _TOWN
_LONGEST: Final = 200_000
_NO_RISK: Final = Topics({TOPIC: 0.0})


@light(frozen=True, slots=True)
class _Mark:
    """A quasi-identifier: where it stands over all segments, its dimension, and its share (of a place: its people)."""

    at: int
    dimension: str
    share: float
    segment: int
    start: int
    end: int


class ReidentificationRisk:
    """A `TopicModel` of one topic, from findings of other recognizers and a list of rare roles."""

    reach = REACH

    @property
    def topics(self) -> frozenset[str]:
        """`reidentification` alone."""
        return frozenset({TOPIC})

    def analyze(self, segments: Sequence[Segment], findings: Sequence[Finding]) -> Topics:
        """Return the highest risk of any stretch of `REACH` code points, with the marks that make it as evidence."""
        return self.conclude([("", "", self.note(segments))], segments, findings)

    def note(self, segments: Sequence[Segment]) -> tuple[tuple[str, int, int], ...]:
        """Return where `segments` speak of a rare role."""
        return tuple(
            (segment.path, *match.span())
            for segment in segments
            if segment.kind is not OPAQUE
            for match in _ROLES.matches(segment.text, _LONGEST)
        )

    def conclude(
        self,
        notes: Sequence[tuple[str, str, tuple[tuple[str, int, int], ...]]],
        segments: Sequence[Segment],
        findings: Sequence[Finding],
    ) -> Topics:
        """Return what `analyze` does, from the roles that were noted."""
        narrowing = [finding for finding in findings if finding.entity_type in _DIMENSIONS]
        if not narrowing:
            return _NO_RISK  # a role alone is none
        roles = [(path + place[len(noted_at) :], start, end) for path, noted_at, n in notes for place, start, end in n]
        if not roles and len({_DIMENSIONS[finding.entity_type] for finding in narrowing}) == 1:
            return _NO_RISK  # and so is one dimension
        marks = sorted(_marks(segments, narrowing, roles), key=lambda mark: mark.at)
        highest, evidence = 0.0, (0, 0)
        present: dict[str, dict[float, int]] = {}
        begin = 0
        for end, mark in enumerate(marks):
            shares = present.setdefault(mark.dimension, {})
            shares[mark.share] = shares.get(mark.share, 0) + 1
            while mark.at - marks[begin].at > REACH:
                _leave(present, marks[begin])
                begin += 1
            risk = _risk(present)
            if risk > highest:
                highest, evidence = risk, (begin, end + 1)
        spans = tuple((segments[m.segment].path, m.start, m.end) for m in marks[slice(*evidence)])
        return Topics({TOPIC: highest}, {TOPIC: spans} if highest >= _EVIDENT else {})


def _leave(present: dict[str, dict[float, int]], mark: _Mark) -> None:
    shares = present[mark.dimension]
    shares[mark.share] -= 1
    if not shares[mark.share]:
        del shares[mark.share]
        if not shares:
            del present[mark.dimension]


def _risk(present: Mapping[str, Mapping[float, int]]) -> float:
    """Return the risk of the rarest value in each dimension taken together; one dimension alone is none."""
    if len(present) < 2:  # noqa: PLR2004 - "together"
        return 0.0
    people = min(present["place"]) if "place" in present else _POPULATION
    others = people * math.prod(min(shares) for dimension, shares in present.items() if dimension != "place")
    return 1 / (1 + others)


def _marks(
    segments: Sequence[Segment], findings: Sequence[Finding], roles: Sequence[tuple[str, int, int]]
) -> Iterator[_Mark]:
    begins = [*accumulate([len(segment.text) + 1 for segment in segments], initial=0)]
    places = {segment.path: index for index, segment in enumerate(segments)}
    for path, start, end in roles:
        index = places[path]
        yield _Mark(begins[index] + start, "role", _ROLE_SHARE, index, start, end)
    for finding in findings:
        index = places.get(finding.path, -1)
        known = _known(finding, segments[index].text) if index >= 0 else None
        if known is not None:
            yield _Mark(begins[index] + finding.start, *known, index, finding.start, finding.end)


def _known(finding: Finding, text: str) -> tuple[str, float] | None:
    """Return dimension and share of a finding; None when it narrows nothing."""
    if share := _SHARES.get(finding.entity_type):
        return share
    if people := _PLACES.get(finding.entity_type):
        return "place", people
    if finding.entity_type == "LOCATION":
        name = text[finding.start : finding.end].lower()
        return None if name in _COUNTRIES else ("place", _CITIES.get(name, _TOWN))
    return None
