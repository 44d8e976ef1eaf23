"""Puts originals back into answers that came whole, and into the parts of a stream that come whole.

Decisions kept here:

* Every string of an answer is restored except what the API itself says (`type`, `id`, `role`, …): a field that it
  adds tomorrow is restored today. Keys that are not the API's are restored, too: a tool's input may be an object.
  A key that is one of the API's names tells nothing wherever it stands, so it is not even looked through.
* JSON source (`arguments`) is restored as source, so that a quote in an original does not end a string. So is a text
  that is itself an object (structured output).
* The walk keeps its own stack: the depth of an answer is the upstream's choice. It goes in the order of the document,
  for clients join texts (`joined`), and what begins in one, an address for one, goes on in the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from gateway.core.protocols import RestorerFactory, TextRestorer
from gateway.dialects.leaves import embedded
from gateway.dialects.structure import NO_WORDS, Structure

__all__ = ["AnswerRules", "Channel", "restore_text", "restore_tree", "tool_of"]


_RESULTS: Final = frozenset({"output", "outputs", "results", "result", "error", "summary"})
"""Members of a tool's call that are no arguments of it."""
_READ: Final = frozenset({str, dict, list})
_JSON_BEGINS: Final = re.compile(r"\s*(?:\{|\[\s*[\[{\"])")


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """What an API's answers hold.

    Attributes:
        fixed: keys under which the API's own words and ids stand: never restored.
        names: keys that are the API's own, `fixed` among them.
        sources: keys under which JSON source stands.
        whole: keys of lists whose items come whole, also in a stream.
        signed: values of `type` of objects that the model server signed: passed as they are (invariant 6).
        joined: values of `type` of objects whose `text` clients show right behind that of the last one.
    """

    fixed: frozenset[str]
    names: frozenset[str]
    sources: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()
    joined: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        *,
        fixed: str,
        names: str = "",
        sources: str = "",
        whole: str = "",
        signed: str = "",
        joined: str = "",
        structure: Structure | None = None,
    ) -> AnswerRules:
        """Return rules from words separated by spaces; the names in `structure`, of requests, are the API's, too."""
        known = f"{fixed} {names} {sources} {whole}".split()
        return cls(
            frozenset(fixed.split()),
            frozenset(known) | (structure.keys if structure is not None else NO_WORDS),
            *(frozenset(words.split()) for words in (sources, whole, signed, joined)),
        )

    def joins(self, value: dict[str, Any], key: str) -> bool:
        """Whether clients show the text at `key` of `value` right behind that of the last such object."""
        type_ = value.get("type")
        return key == "text" and isinstance(type_, str) and type_ in self.joined


class Channel:
    """One text that arrives in pieces. Whether it is JSON source shows in its first character, if not from its key."""

    __slots__ = ("_in_json", "_restorer", "_restorers")

    def __init__(self, restorers: RestorerFactory, *, in_json: bool = False) -> None:
        self._restorers = restorers
        self._in_json = in_json
        self._restorer: TextRestorer | None = None

    def feed(self, text: str) -> str:
        """Take the next piece and return what may be shown."""
        if self._restorer is None:
            if not text or text.isspace():
                return text
            in_json = self._in_json or _JSON_BEGINS.match(text) is not None
            self._restorer = self._restorers.channel(in_json=in_json)
        return self._restorer.feed(text)

    @property
    def feeder(self) -> Callable[[str], str]:
        """What takes the next piece, as `feed`."""
        return self._restorer.feed if self._restorer is not None else self.feed

    def flush(self) -> str:
        """Return what is held back."""
        return self._restorer.flush() if self._restorer is not None else ""

    @property
    def held(self) -> bool:
        """Whether something is held back."""
        return self._restorer is not None and self._restorer.held


def restore_text(text: str, restorers: RestorerFactory, *, in_json: bool = False) -> str:
    """Return a whole text with originals put back, as JSON source if it is `in_json` or strictly a JSON object."""
    if not in_json and embedded(text) is None:
        return restorers.text(text)
    channel = restorers.channel(in_json=True)
    return channel.feed(text) + channel.flush()


def restore_tree(
    root: dict[str, Any] | list[Any],
    rules: AnswerRules,
    restorers: RestorerFactory,
    *,
    but: frozenset[str] = frozenset(),
    line: RestorerFactory | None = None,
) -> bool:
    """Put originals back into every string and key of `root`, in place; return whether anything changed.

    Args:
        root: a parsed answer or part of one.
        rules: what the API's answers hold.
        restorers: over the surrogates of the request.
        but: members of `root` itself that are left alone.
        line: of the texts that clients join, if some came before.
    """
    changed = False
    if line is None:
        line = restorers.line() if rules.joined else restorers
    stack: list[tuple[dict[str, Any] | list[Any], str, RestorerFactory, bool]] = [(root, "", restorers, True)]
    while stack:
        container, key, around, said = stack.pop()
        is_object = isinstance(container, dict)
        tool = tool_of(container) if isinstance(container, dict) else None
        here = around if tool is None else restorers.tool(tool)
        if rules.signed and isinstance(container, dict) and _is_signed(container, rules):
            continue
        said = said and tool is None and not (isinstance(container, dict) and _is_result(container))
        below: list[tuple[dict[str, Any] | list[Any], str, RestorerFactory, bool]] = []
        members: Iterable[tuple[Any, Any]] = container.items() if isinstance(container, dict) else enumerate(container)
        for place, child in members:
            if not child or type(child) not in _READ or (container is root and place in but):
                continue
            name = place if is_object else key
            own = around if name in _RESULTS else here
            if not isinstance(child, str):
                below.append((child, name, own, said))
            elif name not in rules.fixed:
                if said and isinstance(container, dict) and rules.joins(container, name):
                    own = line
                restored = restore_text(child, own, in_json=name in rules.sources)
                if restored != child:
                    container[place] = restored  # in the place of another, which disturbs no iteration
                    changed = True
        stack += reversed(below)
        if isinstance(container, dict):
            changed |= _restore_keys(container, rules, here)
    return changed


def tool_of(value: dict[str, Any]) -> str | None:
    """Return the name of the tool whose call `value` is, by the API's shapes; None if it is no call.

    A call without a name is one of the server's own tools: `web_search_call` is `web_search`.
    """
    name, type_ = value.get("name"), value.get("type")
    if isinstance(name, str) and ("arguments" in value or "input" in value):
        return name
    if isinstance(type_, str) and type_.endswith("_call"):
        return name if isinstance(name, str) else type_.removesuffix("_call")
    return None


def _is_result(value: dict[str, Any]) -> bool:
    """Return whether `value` is what a tool gave back, which no client takes for what the model says."""
    type_ = value.get("type")
    return isinstance(type_, str) and type_.endswith("_result")


def _is_signed(value: dict[str, Any], rules: AnswerRules) -> bool:
    type_ = value.get("type")
    return isinstance(type_, str) and type_ in rules.signed


def _restore_keys(value: dict[str, Any], rules: AnswerRules, restorers: RestorerFactory) -> bool:
    if rules.names.issuperset(value):
        return False
    foreign = value.keys() - rules.names
    names: dict[str, str] = {}
    taken = set(value)
    for key in value:
        if key in foreign and (restored := restorers.text(key)) not in taken:
            names[key] = restored
            taken.add(restored)
    if not names:
        return False
    members = list(value.items())
    value.clear()
    for key, child in members:
        value[names.get(key, key)] = child
    return True
