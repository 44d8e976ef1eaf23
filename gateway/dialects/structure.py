"""What a dialect declares about its JSON: which words are the API's own and so need no scan (invariant 3).

Decisions kept here:

* A table lists what may be *skipped*; everything else is scanned, so a field that the API adds tomorrow is covered.
* Skipped is a word of the API's vocabulary under the key it belongs to (`role`: `user`), wherever that key stands. A
  public constant tells nothing at any position, so tables by position would be longer and could only be wrong.
  The same key with any other value is scanned. `model` is never skipped: no list of model names is complete.
* A tool's name is scanned like all else, but read as a tool's: behind "name" a model takes `Bash` or `web_search` for a
  person, and an API refuses a request whose tool is called `<PERSON_…>`.
* `OpaqueRule` names the leaves that hold what cannot be read: files, images, sound, encrypted items, pointers to
  what a server keeps. Each becomes a segment of its own kind; what is text in them is scanned besides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["FILES", "JSON_SCHEMA", "NO_WORDS", "TOOLS", "Opaque", "OpaqueRule", "Structure"]

NO_WORDS: frozenset[str] = frozenset()
TOOLS = """
    custom custom_tool_call function function_call functions json_schema mcp_call mcp_servers mcp_tool_use
    server_tool_use tool tool_choice tool_reference tool_use tools
"""
"""`Structure.tools` of the APIs of models."""
_TOOL_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
"""As wide as APIs of models let a tool's name be. MCP's (`mcp`) may hold slashes and colons, too."""


class Opaque(StrEnum):
    """What kind of thing cannot be read; the text of a segment of kind `OPAQUE`."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"
    REMOTE = "remote"
    """Content behind an address that the upstream would fetch."""
    SERVER_STATE = "server_state"
    """A pointer to what a server keeps for a caller: a stored file, response, conversation, container."""
    PUBLISHED = "published"
    """A pointer to what somebody put up at the vendor for all callers: a prompt template, a skill."""
    ENCRYPTED = "encrypted"
    TOKENS = "tokens"
    """Numbers of a model's vocabulary, which stand for text; a text in the same place is read."""
    BINARY = "binary"
    """Base64 of something that is not text, at a place where nothing opaque is known."""


@dataclass(frozen=True, slots=True)
class OpaqueRule:
    """A leaf that cannot be read.

    Attributes:
        key: the leaf's key.
        kind: what it holds.
        parent: the key of the object it is in; empty: any.
        type: the `type` of the object it is in; empty: any.
        alone: whether only an object that has no other member counts.
    """

    key: str
    kind: Opaque
    parent: str = ""
    type: str = ""
    alone: bool = False

    def holds(self, parent: str, value: Mapping[str, object]) -> bool:
        """Whether the rule is about the leaf of this key in `value`, an object under `parent`."""
        return (
            (not self.parent or self.parent == parent or _folded(self.parent) == _folded(parent))
            and (not self.type or self.type == value.get("type"))
            and (not self.alone or len(value) == 1)
        )


@dataclass(frozen=True, slots=True)
class Structure:
    """The vocabulary of one dialect.

    Attributes:
        keys: names of members that the API's schema has; a segment's path may hold them.
        words: key to the values that are the API's own constants.
        opaque: key to the rules for leaves of that name.
        signed: values of `type` of objects that a model server signed: scanned, never edited.
        free: keys under which the application's own JSON stands, so that a number may be replaced by a text.
        folded: how lenient parsers may read a key of `opaque` (Go's take any case), to that key.
        hints: texts of which a body has one if it points to what a server keeps.
        tools: keys of objects, and values of their `type`, whose name is a tool's and nobody's.
    """

    keys: frozenset[str]
    words: dict[str, frozenset[str]]
    opaque: dict[str, tuple[OpaqueRule, ...]]
    signed: frozenset[str] = frozenset()
    free: frozenset[str] = frozenset()
    folded: Mapping[str, str] = field(default_factory=dict, repr=False)
    hints: frozenset[str] = NO_WORDS
    tools: frozenset[str] = NO_WORDS

    @classmethod
    def of(
        cls,
        *,
        keys: str,
        words: Mapping[str, str],
        opaque: Iterable[OpaqueRule] = (),
        signed: str = "",
        free: str = "",
        tools: str = "",
        base: Structure | None = None,
    ) -> Structure:
        """Return a structure from words separated by spaces, together with all of `base`."""
        merged: dict[str, frozenset[str]] = dict(base.words) if base else {}
        for key, values in words.items():
            merged[key] = merged.get(key, NO_WORDS) | frozenset(values.split())
        rules: dict[str, tuple[OpaqueRule, ...]] = dict(base.opaque) if base else {}
        for rule in opaque:
            rules[rule.key] = (*rules.get(rule.key, ()), rule)
        return cls(
            keys=frozenset(keys.split()) | frozenset(words) | frozenset(rules) | (base.keys if base else NO_WORDS),
            words=merged,
            opaque=rules,
            signed=frozenset(signed.split()) | (base.signed if base else NO_WORDS),
            free=frozenset(free.split()) | (base.free if base else NO_WORDS),
            folded={_folded(key): key for key in rules},
            hints=frozenset(
                (rule.type or ("" if rule.alone else rule.parent) or key) if key == "id" else key
                for key, each in rules.items()
                for rule in each
                if rule.kind is Opaque.SERVER_STATE
            ),
            tools=frozenset(tools.split()) | (base.tools if base else NO_WORDS),
        )

    def lookalike(self, key: str) -> str | None:
        """Return the key of `opaque` that a lenient parser could take `key` for; None: there is none."""
        return self.folded.get(_folded(key))

    def names_tool(self, parent: str, type_: object, name: str) -> bool:
        """Return whether `name`, of an object under `parent`, is a tool's: such a one has no space and no accent."""
        of_tool = parent in self.tools or (type_.__class__ is str and type_ in self.tools)
        return of_tool and _TOOL_NAME.fullmatch(name) is not None

    def opaque_kind(self, key: str, parent: str, value: Mapping[str, object]) -> Opaque | None:
        """Return what the leaf `key` of the object `value` under `parent` holds, if it cannot be read."""
        for rule in self.opaque.get(key, ()):
            if rule.holds(parent, value):
                media_type = value.get("media_type")
                image = rule.kind is Opaque.FILE and isinstance(media_type, str) and media_type.startswith("image/")
                return Opaque.IMAGE if image else rule.kind
        return None


def _folded(key: str) -> str:
    """Return `key` without case and separators."""
    return key.casefold().replace("_", "").replace("-", "")


JSON_SCHEMA = Structure.of(
    keys="""
        $anchor $comment $defs $dynamicAnchor $dynamicRef $id $ref $schema $vocabulary additionalItems
        additionalProperties allOf anyOf const contains contentEncoding contentMediaType contentSchema default
        definitions dependentRequired dependentSchemas deprecated description else enum examples exclusiveMaximum
        exclusiveMinimum format if items maxContains maxItems maxLength maxProperties maximum minContains minItems
        minLength minProperties minimum multipleOf not nullable oneOf pattern patternProperties prefixItems properties
        propertyNames readOnly required then title type unevaluatedItems unevaluatedProperties uniqueItems writeOnly
    """,
    words={
        "type": "array boolean integer null number object string",
        "format": "date date-time time duration email uri uri-reference uuid hostname ipv4 ipv6 regex int32 int64",
        "$schema": """
            http://json-schema.org/draft-07/schema# https://json-schema.org/draft/2019-09/schema
            https://json-schema.org/draft/2020-12/schema
        """,
    },
)
"""JSON Schema, draft 2020-12, as it stands in tool definitions and structured outputs."""

FILES = Structure.of(
    base=JSON_SCHEMA,
    keys="filename media_type name",
    words={},
    opaque=(
        OpaqueRule("file_data", Opaque.FILE),
        OpaqueRule("file_id", Opaque.SERVER_STATE),
        OpaqueRule("file_ids", Opaque.SERVER_STATE),
        OpaqueRule("file_url", Opaque.FILE),
        OpaqueRule("image_url", Opaque.IMAGE),
        OpaqueRule("video_url", Opaque.VIDEO),
        OpaqueRule("audio_url", Opaque.AUDIO),
        OpaqueRule("url", Opaque.IMAGE, parent="image_url"),
        OpaqueRule("url", Opaque.VIDEO, parent="video_url"),
        OpaqueRule("url", Opaque.AUDIO, parent="audio_url"),
        OpaqueRule("data", Opaque.AUDIO, parent="input_audio"),
        OpaqueRule("encrypted_content", Opaque.ENCRYPTED),
        OpaqueRule("vector_store_ids", Opaque.SERVER_STATE),
        OpaqueRule("previous_response_id", Opaque.SERVER_STATE),
        OpaqueRule("conversation", Opaque.SERVER_STATE),
        OpaqueRule("id", Opaque.SERVER_STATE, parent="conversation"),
        OpaqueRule("container", Opaque.SERVER_STATE),
        OpaqueRule("id", Opaque.SERVER_STATE, parent="container"),
        OpaqueRule("container_id", Opaque.SERVER_STATE),
        OpaqueRule("skill_id", Opaque.PUBLISHED),
        OpaqueRule("id", Opaque.SERVER_STATE, type="item_reference"),
    ),
)
"""What the APIs have in common: schemas, attached content, pointers to what a server keeps."""
