"""The policy file as people write it: shape only. What it means is checked in `compile`.

The model is the one source of the language: the JSON Schema for editors and the words in error messages come from
its descriptions. `extra="forbid"` everywhere: a misspelt `transfrom` must not silently leave a request untransformed.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.core.answers import Action, UrlRule
from gateway.core.model import Effect, Sensitivity, Zone

__all__ = [
    "API_VERSION",
    "AnswersSpec",
    "BudgetSpec",
    "Catalogue",
    "Category",
    "Clause",
    "Defined",
    "Metadata",
    "OperatorSpec",
    "PolicyFile",
    "PolicySpec",
    "RestoreSpec",
    "Rule",
    "ScanSpec",
]

API_VERSION: Final = "privacy-gateway/v1"

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
NAME_WORDS: Final = "up to 64 letters, digits, dots, hyphens and underscores"
Condition = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
DefinedName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=200)]


Defined = str | bool | int | float | list[str | int | float]
"""What a name may stand for."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Metadata(_Strict):
    """What the policy is called and who answers for it."""

    name: Name = Field(description=NAME_WORDS)
    owner: str = Field(default="", description="who answers for this policy")
    description: str = Field(default="", description="what it is for, in a sentence")


class Clause(_Strict):
    """One statement about what makes a request sensitive. With both `entities` and `when`, both must hold."""

    level: Literal["high", "moderate", "low"] = Field(
        description="the level of a request this clause matches; `low` makes entity types known without raising"
    )
    name: Name | None = Field(default=None, description=NAME_WORDS)
    entities: list[Label] = Field(default=[], description="a list of entity types, such as PERSON")
    min_score: float = Field(default=0.5, ge=0, le=1, description="findings below this score do not count")
    min_count: int = Field(default=1, ge=1, description="how many findings it takes, of all `entities` together")
    when: Condition | None = Field(default=None, description="a CEL condition over entities, topics and request facts")

    @property
    def sensitivity(self) -> Sensitivity:
        """The level as a `Sensitivity`."""
        return Sensitivity.parse(self.level)


class OperatorSpec(BaseModel):
    """An operator with parameters: every key but `operator` is handed to the operator."""

    model_config = ConfigDict(extra="allow", frozen=True)

    operator: Label = Field(description="the operator's name, such as mask")

    @property
    def parameters(self) -> dict[str, Any]:
        """What the operator is told."""
        return dict(self.model_extra or {})


class Rule(_Strict):
    """One rule. The first whose `when` holds decides; a rule without `when` always holds."""

    name: Name = Field(description=NAME_WORDS)
    description: str = Field(default="", description="why this rule is there")
    when: Condition | None = Field(default=None, description='a CEL condition, such as sensitivity == "high"')
    effect: Effect = Field(default=Effect.ALLOW, description="allow (default) or deny")
    route: list[Zone] = Field(default=[], description="zones in the order of preference, such as [cloud, local]")
    transform: bool = Field(default=False, description="whether findings are replaced as `transform` says")
    regions: list[Label] = Field(default=[], description="if given, only upstreams in one of these regions")


class BudgetSpec(_Strict):
    """How much of someone's private data may go to one upstream in a time; past it, the next stricter zone."""

    name: Name = Field(description=NAME_WORDS)
    description: str = Field(default="", description="why this budget is there")
    per: Literal["tenant", "principal", "purpose"] = Field(description="whose data is counted together")
    zones: list[Zone] = Field(
        default=[Zone.CLOUD], min_length=1, description="upstreams of these zones have this budget, each its own count"
    )
    entities: list[Label] = Field(
        default=[], description="entity types that are counted; empty: all but those that only `low` clauses name"
    )
    distinct: int = Field(ge=1, le=1_000_000_000, description="how many distinct values may go there in the window")
    window: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}[mhd]$")] = Field(
        description="such as 30m, 24h or 7d; it slides"
    )

    @property
    def window_s(self) -> float:
        """The window in seconds."""
        return float(self.window[:-1]) * {"m": 60, "h": 3600, "d": 86_400}[self.window[-1]]


class ToolNames(_Strict):
    """Tools by name; `*` stands for any characters."""

    allow: list[Label] = Field(default=["*"], description="tools whose arguments get the original values")
    deny: list[Label] = Field(
        default=[], description="tools whose arguments never do, lookalikes of the name included; wins over `allow`"
    )


class RestoreSpec(_Strict):
    """Where the request's own values are put back into an answer."""

    tools: ToolNames = Field(default=ToolNames(), description="whose arguments get values")
    urls: UrlRule = Field(
        default=UrlRule.TOOLS, description="whether values are put back inside addresses: nowhere, tools, everywhere"
    )


class ScanSpec(_Strict):
    """What becomes of values in an answer that the request did not have: pass, flag, redact or block."""

    types: dict[Label, Action] = Field(
        default={}, description="entity type to action; EXFILTRATION_LINK: an address that carries data out"
    )
    levels: dict[Literal["high", "moderate", "low"], Action] = Field(
        default={}, description="level to action, for all types that `types` does not name"
    )
    on_failure: Literal["block", "flag"] = Field(
        default="block", description="what becomes of an answer when a recognizer fails"
    )


class AnswersSpec(_Strict):
    """What becomes of answers."""

    restore: RestoreSpec = Field(default=RestoreSpec(), description="where values are put back")
    scan: ScanSpec = Field(default=ScanSpec(), description="what is looked for; nothing, where nothing is said")


Required = Literal["owner", "retention", "legal_basis"]


class Category(_Strict):
    """What an office keeps about a category of data; a category is a `classify` clause, by its name."""

    owner: str = Field(default="", max_length=200, description="who answers for this category")
    retention: str = Field(default="", max_length=200, description="how long it may be kept, such as P30D")
    legal_basis: str = Field(default="", max_length=200, description="what allows its processing")


class Catalogue(_Strict):
    """The catalogue of data categories, and what each of them must have."""

    require: list[Required] = Field(default=[], description="what every category of `levels` must have")
    levels: list[Literal["high", "moderate", "low"]] = Field(
        default=["high", "moderate"], description="the levels whose clauses are held to it"
    )
    categories: dict[Name, Category] = Field(default={}, description="clause name to what is kept about it")


class PolicySpec(_Strict):
    """What the policy says."""

    extends: list[Label] = Field(
        default=[], description="policies that this one builds upon: bundled:NAME, or a path from this file"
    )
    define: dict[DefinedName, Defined] = Field(
        default={}, description="names for values; $name stands for the value in `when`, `entities` and `regions`"
    )

    classify: list[Clause] = Field(
        default=[], description="what makes a request sensitive; every clause that matches counts"
    )
    transform: dict[Label, Label | OperatorSpec] = Field(
        default={}, description='entity type to operator; "*" stands for all other types'
    )
    catalogue: Catalogue | None = Field(default=None, description="owner, retention and legal basis of each category")
    budgets: list[BudgetSpec] = Field(default=[], description="how much may go to an upstream in a time")
    answers: AnswersSpec | None = Field(
        default=None, description="what is put back into answers and looked for in them"
    )
    rules: list[Rule] = Field(default=[], description="the first that matches decides; none matches: denied")


class PolicyFile(_Strict):
    """A file of `kind: Policy`."""

    apiVersion: Literal["privacy-gateway/v1"] = Field(description=f"`{API_VERSION}`")  # noqa: N815 - Kubernetes' spelling
    kind: Literal["Policy"] = Field(description="`Policy`")
    metadata: Metadata = Field(description="name, owner, description")
    spec: PolicySpec = Field(description="classify, transform and rules")
