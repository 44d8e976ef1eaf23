"""The policies that ship fit the classifiers that ship."""

from pathlib import Path

import pytest
import yaml

from gateway.core.documents import YamlDocument, parse_yaml
from gateway.core.model import Classification, Effect, Principal, RequestFacts, Sensitivity, Topics, Zone
from gateway.core.uninspectable import RETURNED, UNINSPECTABLE_TYPES
from gateway.detect.packs import RecognizerPack, VocabularyPack, load_packs
from gateway.detect.reidentification import TOPIC as REIDENTIFICATION
from gateway.policy.bundle import PolicyBundle
from gateway.policy.cases import load_cases
from gateway.policy.compile import compile_policy
from gateway.transforms.operators import OPERATORS
from tests.fakes.policies import classified, facts, found

ROOT = Path(__file__).parents[2]
CLASSIFIERS = ROOT / "classifiers"
POLICIES = ROOT / "policies"
CASES = sorted(POLICIES.glob("**/tests/*.yaml"))


def shipped() -> tuple[frozenset[str], frozenset[str]]:
    """Return the entity types and topics that packs and models produce."""
    packs = load_packs({str(file): file.read_text() for file in sorted((CLASSIFIERS / "packs").glob("*.yaml"))})
    cards = [yaml.safe_load(file.read_text()) for file in sorted((CLASSIFIERS / "models").glob("*/card.yaml"))]
    types = {spec.supported_entity for pack in packs if isinstance(pack, RecognizerPack) for spec in pack.recognizers}
    types.update(kind for card in cards for kind in card.get("entity_types", ()))
    topics = {REIDENTIFICATION} | {topic for card in cards for topic in card.get("topics", ())}
    topics.update(pack.topic for pack in packs if isinstance(pack, VocabularyPack))
    return frozenset(types), frozenset(topics)


@pytest.fixture(scope="module")
def default() -> PolicyBundle:
    types, topics = shipped()
    file = POLICIES / "default.yaml"
    return compile_policy(
        [parse_yaml(file.read_bytes(), str(file))], entity_types=types, topics=topics, operators=frozenset(OPERATORS)
    )


def test_the_default_policy_names_every_type_that_ships(default: PolicyBundle) -> None:
    assert default.warnings == ()


@pytest.mark.parametrize(
    ("kinds", "level", "zones"),
    [
        ((), Sensitivity.LOW, (Zone.CLOUD, Zone.LOCAL)),
        (("LOCATION", "ORGANIZATION", "DATE_TIME"), Sensitivity.LOW, (Zone.CLOUD, Zone.LOCAL)),
        (("PERSON",), Sensitivity.LOW, (Zone.CLOUD, Zone.LOCAL)),
        (("EMAIL_ADDRESS",), Sensitivity.MODERATE, (Zone.CLOUD, Zone.SECURE, Zone.LOCAL)),
        (("PERSON", "US_SSN"), Sensitivity.HIGH, (Zone.LOCAL,)),
        (("CREDIT_CARD",), Sensitivity.HIGH, (Zone.LOCAL,)),
        *(((kind,), Sensitivity.HIGH, (Zone.LOCAL,)) for kind in sorted(UNINSPECTABLE_TYPES - {RETURNED})),
        ((RETURNED,), Sensitivity.LOW, (Zone.CLOUD, Zone.LOCAL)),
        (("NEVER_HEARD_OF",), Sensitivity.HIGH, (Zone.LOCAL,)),
    ],
)
def test_the_default_policy_judges_by_the_labelling_guide(
    default: PolicyBundle, kinds: tuple[str, ...], level: Sensitivity, zones: tuple[Zone, ...]
) -> None:
    classification = classified(default, found(*kinds))
    decision = default.decide(classification, facts())
    assert (classification.sensitivity, decision.effect, decision.route) == (level, Effect.ALLOW, zones)


@pytest.mark.parametrize(("probability", "level"), [(0.05, Sensitivity.LOW), (0.2, Sensitivity.MODERATE)])
def test_a_name_counts_where_there_is_a_hint_of_a_private_matter(
    default: PolicyBundle, probability: float, level: Sensitivity
) -> None:
    topics = dict.fromkeys(shipped()[1], 0.0) | {"sensitive": probability}
    assert classified(default, found("PERSON"), topics).sensitivity is level


def test_what_goes_to_the_cloud_keeps_only_what_is_harmless_alone(default: PolicyBundle) -> None:
    kept = {kind for kind in default.named_types if default.obligation(kind).operator == "keep"}
    assert kept
    for kind in kept:
        assert default.classify(found(kind), {}, facts())[0] is Sensitivity.LOW


def shipped_policy(name: str) -> PolicyBundle:
    types, topics = shipped()
    file = POLICIES / name

    def bases(reference: str, _file: str) -> list[YamlDocument]:
        base = POLICIES / f"{reference.removeprefix('bundled:')}.yaml"
        return [parse_yaml(base.read_bytes(), str(base))]

    return compile_policy(
        [parse_yaml(file.read_bytes(), str(file))],
        entity_types=types,
        topics=topics,
        operators=frozenset(OPERATORS),
        bases=bases,
    )


@pytest.mark.parametrize("name", [file.name for file in sorted(POLICIES.glob("*.yaml"))])
def test_no_policy_that_ships_is_looser_than_the_default(name: str, default: PolicyBundle) -> None:
    other = shipped_policy(name)
    assert other.warnings == ()
    assert (POLICIES / "tests" / name).is_file()
    for kind in sorted(default.named_types | {"NEVER_HEARD_OF", *UNINSPECTABLE_TYPES}):
        levels = [bundle.classify(found(kind), {}, facts())[0] for bundle in (default, other)]
        assert levels[1] >= levels[0], kind
        routes = [bundle.decide(classified(bundle, found(kind)), facts()).route for bundle in (default, other)]
        assert set(routes[1]) <= set(routes[0]), kind


@pytest.mark.parametrize("file", CASES, ids=lambda file: str(file.relative_to(POLICIES)))
def test_the_cases_that_ship_can_be_read(file: Path) -> None:
    assert load_cases([parse_yaml(file.read_bytes(), str(file))])


@pytest.mark.parametrize(("name", "regions"), [("default", ()), ("eu", ("eu",))])
def test_tools_that_are_cleared_get_real_values_where_the_policy_lets_personal_data_be(
    name: str, regions: tuple[str, ...]
) -> None:
    """The EU's policy redefines a rule by its name, and so must this one, or it would go round the regions."""
    types, topics = shipped()
    documents = {file.stem: parse_yaml(file.read_bytes(), str(file)) for file in POLICIES.glob("*.yaml")}
    bundle = compile_policy(
        [documents[name]],
        entity_types=types,
        topics=topics,
        operators=frozenset(OPERATORS),
        bases=lambda reference, _file: [documents[reference.removeprefix("bundled:")]],
    )
    judged = Classification(Sensitivity.MODERATE, (), (), Topics())
    for dialect in ("mcp_local", "mcp_secure", "a2a_local", "a2a_secure", "mcp_cloud", "a2a_cloud"):
        decision = bundle.decide(judged, RequestFacts(Principal(), "/mcp/x", dialect, ""))
        cleared = "cloud" not in dialect
        assert decision.rule == ("cleared-tools-get-what-they-need" if cleared else "moderate-is-tokenised")
        assert decision.regions == regions
        high = Classification(Sensitivity.HIGH, (), (), Topics())
        assert bundle.decide(high, RequestFacts(Principal(), "/mcp/x", dialect, "")).route == (Zone.LOCAL,)
