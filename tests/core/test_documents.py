"""YAML read strictly, every problem told with its line, no value ever repeated."""

import contextlib
from typing import Annotated, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from gateway.core.documents import parse_yaml, parse_yaml_all, validate
from gateway.core.errors import ConfigurationError, Problem
from gateway.core.mending import one_of
from gateway.core.model import Zone


class Key(BaseModel):
    model_config = ConfigDict(extra="forbid")
    env: str


class Server(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(description="a name, unique in the file")
    zone: Zone
    family: Literal["openai", "anthropic"] = "openai"
    api_key: Key | None = None
    weight: Annotated[float, Field(ge=0, le=1)] = 1
    action: str | Key = ""
    labels: dict[str, str] = {}


class File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    servers: list[Server]


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationError) as caught:
        parse_yaml(text, "f.yaml")
    return caught.value.problems


def complaints_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationError) as caught:
        validate(parse_yaml(text, "f.yaml"), File)
    return caught.value.problems


def test_every_key_and_element_knows_its_line() -> None:
    document = parse_yaml("a:\n  - x\n  - b: 1\n    c:\n      - y\n", "f.yaml")
    assert document.value == {"a": ["x", {"b": 1, "c": ["y"]}]}
    assert document.line("a") == 1
    assert document.line("a", 0) == 2
    assert document.line("a", 1, "c") == 4
    assert document.line("a", 1, "c", 0) == 5
    assert document.line("a", 1, "missing") == 3
    assert document.line() == 1


def test_a_document_hides_its_values_from_repr() -> None:
    assert "hidden" not in repr(parse_yaml("key: hidden\nhidden-key: 1", "f.yaml"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("0123", "0123"),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("true", True),
        ("~", None),
        ("", None),
        ("-7", -7),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1e3", "1e3"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("12345678901234567890", "12345678901234567890"),
        (".nan", ".nan"),
        ("| \n  a\n  b\n", "a\nb\n"),
    ],
)
def test_a_scalar_means_what_it_looks_like(text: str, value: object) -> None:
    assert parse_yaml(f"a: {text}", "f.yaml").value == {"a": value}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3", 3, "`a` comes twice, first in line 1"),
        ("x:\n  a: 1\n  a: {b: 1}", 3, "`x.a` comes twice, first in line 2"),
        ("200: x", 1, "a key that is not text"),
        ("? [a]\n: x", 1, "a key that is a list or a mapping"),
        ("a: &x 1\nb: 1", 1, "an anchor"),
        ("a: !!python/object:os.system x", 1, "a tag"),
        ("a: b: c", 1, "not YAML"),
        ("a:\n\tb: 1", 2, "not YAML"),
        ("*: x", 1, "not YAML"),
        ("a: 'x", 1, "not YAML"),
        ("a: 1\nb: \x01", 2, "a character that YAML forbids"),
        ("a: \ud800", 1, "a character that YAML forbids"),
        ("a: " + "[" * 100, 1, "nested too deeply"),
        ("a: 1\n---\nb: 1", 3, "a second document"),
    ],
)
def test_what_could_mean_something_else_is_refused(text: str, line: int, message: str) -> None:
    first = problems_of(text)[0]
    assert message in first.message
    assert first.line == line
    assert first.expected
    assert first.mend


@pytest.mark.parametrize("unseen", ["\r", "\x85", "\u2028", "\u2029", "\u202e", "\u2066"])
def test_no_rule_hides_behind_a_comment_that_only_looks_like_one(unseen: str) -> None:
    text = f"rules:\n- {{name: a}} # as agreed{unseen}- {{name: b, route: [cloud]}}"
    (problem,) = problems_of(text)
    assert f"U+{ord(unseen):04X}" in problem.message
    assert problem.line == 2
    escaped = 'a: "\\u202e"\r\nb: 1\r\n'
    assert parse_yaml(escaped, "f.yaml").value == {"a": "\u202e", "b": 1}


def test_aliases_are_refused_so_that_no_bomb_can_unfold() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(9)
    )
    messages = {problem.message for problem in problems_of(bomb)}
    assert messages == {"an alias (`*name`)", "an anchor (`&name`)"}


def test_what_follows_a_refused_key_is_read_past() -> None:
    found = problems_of("a: 1\na: {x: 1, x: 2}\n7: [1]\nb: 1\nb: 2")
    assert [problem.line for problem in found] == [2, 2, 3, 5]


def test_bytes_must_be_utf8_and_a_byte_order_mark_is_taken_off() -> None:
    assert parse_yaml(b"\xef\xbb\xbfa: 1", "f.yaml").value == {"a": 1}
    with pytest.raises(ConfigurationError, match=r"f\.yaml:2: the file is not UTF-8"):
        parse_yaml(b"a: 1\nb: \xff", "f.yaml")


def test_a_file_may_hold_several_documents() -> None:
    documents = parse_yaml_all("---\na: 1\n---\n---\nb: 2\n", "f.yaml")
    assert [document.value for document in documents] == [{"a": 1}, {"b": 2}]
    assert documents[1].line("b") == 5
    assert parse_yaml("", "f.yaml").value is None


def test_all_problems_come_at_once_in_the_order_of_lines() -> None:
    found = complaints_of(
        """
servers:
  - name: a
    zone: claud
    weigth: 1
  - zone: cloud
    family: [x]
    weight: 3
  - text
extra: 1
"""
    )
    assert [(problem.line, problem.message, problem.expected, problem.mend) for problem in found] == [
        (4, "`servers[0].zone` is `claud`", "one of local, secure, cloud", "did you mean `cloud`?"),
        (
            5,
            "unknown key `servers[0].weigth`",
            "one of name, zone, family, api_key, weight, action, labels",
            "did you mean `weight`?",
        ),
        (6, "`servers[1].name` is missing", "a name, unique in the file", "add `name: …`"),
        (7, "`servers[1].family` is a list", "one of openai, anthropic", "write one of openai, anthropic"),
        (8, "`servers[1].weight` is out of bounds", "a number of at most 1.0", "change it"),
        (9, "`servers[2]` is text", "a mapping", "write a mapping"),
        (10, "unknown key `extra`", "servers", "remove it"),
    ]


def test_an_address_in_brackets_without_quotes_is_told_to_be_quoted() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_yaml("listen: [::1]:8080\nworkers: 2\n", "gateway.yaml")
    assert [problem.mend for problem in caught.value.problems] == [
        'put quotes round a text that starts with [ or {, as in "[::1]:8080"'
    ]


class _Window(BaseModel):
    model_config = ConfigDict(extra="forbid")
    length: str = Field(pattern="^[0-9]+h$", description="such as 24h")


class _Windows(BaseModel):
    windows: Annotated[tuple[_Window, ...], Field(min_length=1)]


def test_a_form_is_explained_and_a_list_with_a_wrong_item_is_not_called_too_short() -> None:
    for item, message, expected in (
        ("length: 1 day", "`windows[0].length` has another form", "such as 24h; text of the form ^[0-9]+h$"),
        ("lenght: 1h", "`windows[0].length` is missing", "such as 24h"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            validate(parse_yaml(f"windows:\n  - {item}\n", "w.yaml"), _Windows)
        told = [(problem.message, problem.expected) for problem in caught.value.problems]
        assert (message, expected) in told
        assert not any("`windows`" in message for message, _ in told)
    with pytest.raises(ConfigurationError, match="`windows` is out of bounds"):
        validate(parse_yaml("windows: []\n", "w.yaml"), _Windows)


def test_a_long_list_of_names_is_not_written_out() -> None:
    names = [f"NAME_{number}" for number in range(100)]
    assert one_of(names, "list them") == "one of 100 names; `list them` lists them"
    assert one_of(names[:3]) == "one of NAME_0, NAME_1, NAME_2"


def test_the_branches_of_a_union_speak_with_one_voice() -> None:
    (shape,) = complaints_of("servers: [{name: a, zone: local, action: [1]}]")
    assert shape.expected == "text or a mapping"
    (inner,) = complaints_of("servers: [{name: a, zone: local, action: {envv: x, env: y}}]")
    assert inner.message == "unknown key `servers[0].action.envv`"
    assert inner.mend == "did you mean `env`?"


def test_a_secret_in_the_wrong_place_is_not_repeated() -> None:
    text = """
servers:
  - name: [sk-hidden1]
    zone: sk-hidden2-4f9a
    family: hidden3hidden3
    api_key: sk-hidden4
    weight: sk-hidden5
    labels: {a: [hidden6]}
"""
    told = "\n".join(str(problem) for problem in complaints_of(text))
    assert "servers[0].api_key" in told
    assert "hidden" not in told


def test_an_exception_of_validation_does_not_carry_the_input() -> None:
    with pytest.raises(ConfigurationError) as caught:
        validate(parse_yaml("servers: hidden", "f.yaml"), File)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    )
)
def test_what_was_written_is_read_back(value: object) -> None:
    # Aliases are switched off for the writer; the reader takes quoted text as it is.
    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    text = yaml.dump(value, Dumper=Plain, allow_unicode=False)
    assert parse_yaml(text, "f.yaml").value == value


@given(st.text(alphabet="ab:-[]{}&*!|>'\"\n \t#?,%@0", max_size=60))
def test_any_text_is_read_or_refused_with_a_problem(text: str) -> None:
    with contextlib.suppress(ConfigurationError):
        for document in parse_yaml_all(text, "f.yaml"):
            assert document.line() >= 1
