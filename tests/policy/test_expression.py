"""Conditions: what is refused at load and why, and what is left true at run time."""

import pytest

from gateway.core.model import Principal, RequestFacts, Sensitivity
from gateway.policy.environment import VARIABLES, Facts
from gateway.policy.expression import EvaluationError, compile_expression
from gateway.policy.names import ExpressionError, Vocabulary
from tests.fakes.policies import ENTITY_TYPES, TOPICS

VOCABULARY = Vocabulary(ENTITY_TYPES, TOPICS)
REQUEST = RequestFacts(
    Principal("ann", "acme", "care", ("legal",)), "/v1/chat/completions", "openai_chat", "gpt-4o", True
)


def holds(source: str, facts: Facts) -> bool:
    expression = compile_expression(source, VOCABULARY)
    return expression.holds(expression.scope.environment(facts))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('sensitivity == "moderate"', True),
        ('sensitivity in ["low", "high"]', False),
        ("entities.PERSON == 2 && entities.US_SSN == 0", True),
        ('entities["PERSON"] > 2', False),
        ("entities.exists(t, entities[t] > 1)", True),
        ("entities.all(t, entities[t] == 0)", False),
        ("topics.health >= 0.5", True),
        ("topics.health >= 1", False),
        ("topics.internal_business > 0.0", False),
        ("findings == 3", True),
        ('principal == "ann" && tenant == "acme" && purpose == "care"', True),
        ('"legal" in groups && size(groups) == 1', True),
        ('groups.exists(g, g.startsWith("leg"))', True),
        ('model.startsWith("gpt-") || model.matches("^claude-[0-9]+")', True),
        ('endpoint.endsWith("/completions") && dialect.contains("openai")', True),
        ('groups.exists(g, (g) == "legal") && entities.exists(t, entities[t] > 1)', True),
        ('model.matches(r"gpt-\\d")', True),
        ("stream ? findings > 2 : false", True),
        ("!stream // a comment", False),
    ],
)
def test_a_condition_sees_the_request(source: str, *, expected: bool) -> None:
    known = Facts({"PERSON": 2, "CREDENTIAL": 1}, {"health": 0.7}, REQUEST, Sensitivity.MODERATE)
    assert holds(source, known) is expected


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_the_example_of_every_variable_compiles(variable: object) -> None:
    example = next(known.example for known in VARIABLES if known is variable)
    assert compile_expression(example, VOCABULARY).source == example


@pytest.mark.parametrize(
    ("source", "message", "mend"),
    [
        ('sensitivity = "high"', "not CEL", "`==`"),
        ("stream and stream", "not CEL", "`&&`"),
        ('sensitivity == "high', "not CEL", "quotes"),
        ("topics.health > 0.5)", "not CEL", "brackets"),
        ('sensitivity == "hihg"', "no level", "`high`"),
        ('sensitivity in ["low", "hgh"]', "no level", "`high`"),
        ('"secret" == sensitivity', "no level", ""),
        ('sensitivity >= "moderate"', "by the alphabet", 'in ["moderate", "high"]'),
        ("sensitivity == high", "unknown name `high`", '"high"'),
        ("topic.health > 0.5", "unknown name `topic`", "`topics`"),
        ('region == "eu"', "unknown name `region`", "`regions`"),
        ("entities.PERSN > 0", "unknown entity type `PERSN`", "`PERSON`"),
        ('entities["person"] > 0', "unknown entity type `person`", "`PERSON`"),
        ("topics.helth > 0.5", "unknown topic `helth`", "`health`"),
        ("has(entities.PERSON)", "always true", "> 0"),
        ('"PERSON" in entities', "always true", "> 0"),
        ("size(model) > 3", "`size`", ""),
        ("size(entities) > 3", "`size`", "findings"),
        ("now() > 1", "unknown function `now`", ""),
        ('model.startWith("gpt")', "unknown function `startWith`", "`startsWith`"),
        ('timestamp("2024-01-01T00:00:00Z") == 1', "unknown function `timestamp`", ""),
        ("entities.exists(model, true)", "`model` is a variable already", ""),
        ("tenant", "it gives str", ""),
        ("entities", "it gives dict", ""),
        ('groups[0] == "a"', "IndexError", "size(groups)"),
        ("10 / findings > 1", "ZeroDivisionError", ""),
        ('sensitivity == "high" && tenant > 3', "TypeError", ""),
        ('principal.name == "ann"', "TypeError", ""),
        ('model.matches("(")', "fails on some requests", ""),
        ('model.matches("(a{1000}){1000}{1000}")', "fails on some requests", ""),
        ('"gpt-4o".matches(model)', "not written out", ""),
        ('model.matches("a" + principal)', "not written out", ""),
        ("entities.all(a, entities.all(b, entities[a] == entities[b]))", "inside another macro", "two rules"),
        ("groups.exists(g, g == model && [g].all(h, h == g))", "inside another macro", ""),
        ('mоdel == "gpt"', "not CEL", ""),
    ],
)
def test_a_condition_that_could_surprise_is_refused_at_load(source: str, message: str, mend: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(source, VOCABULARY)
    assert message in caught.value.message
    assert mend in caught.value.mend


def test_a_clause_cannot_ask_for_the_level_it_is_to_find() -> None:
    with pytest.raises(ExpressionError, match="not known yet"):
        compile_expression('sensitivity == "high"', Vocabulary(ENTITY_TYPES, TOPICS, in_clauses=True))


def test_a_failure_does_not_quote_the_request() -> None:
    expression = compile_expression('model == "x" || groups.exists(g, g == "y")', VOCABULARY)
    with pytest.raises(EvaluationError) as caught:
        # An environment that lacks `groups` stands for any failure.
        expression.holds(compile_expression('model == "x"', VOCABULARY).scope.environment(Facts({}, {}, REQUEST)))
    assert str(caught.value) == "RuntimeError"
    assert caught.value.__context__ is None


@pytest.mark.parametrize("probability", [float("nan"), -0.1, 1.5])
def test_what_is_no_probability_counts_as_certain(probability: float) -> None:
    assert holds("topics.health >= 0.5", Facts({}, {"health": probability}, REQUEST))


def test_a_type_found_but_never_declared_is_seen_by_a_condition_over_all_types() -> None:
    assert holds("entities.exists(t, entities[t] == 7)", Facts({"SOMETHING_NEW": 7}, {}, REQUEST))


@pytest.mark.parametrize(
    "source",
    ["!" * 1990 + "stream", "(" * 900 + "stream" + ")" * 900, " || ".join(["stream"] * 190), "[" * 900 + "]" * 900],
    ids=["nots", "brackets", "ors", "lists"],
)
def test_an_absurd_condition_is_compiled_or_refused(source: str) -> None:
    try:
        compiled = compile_expression(source, VOCABULARY).source
    except ExpressionError as error:
        compiled = error.message
    assert compiled
