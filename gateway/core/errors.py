"""Every error this product raises on purpose.

    GatewayError
    ├── ConfigurationError      settings, policies, packs, models: all problems at once, with file, line and mend
    ├── DetectionError          a recognizer or model failed: the request is refused, never treated as clean
    ├── TransformError          an obligation could not be discharged: the request is not sent
    ├── BudgetError             exposure could not be counted: the stricter route is taken
    ├── AuditError              the record could not be made durable: the request is not sent
    ├── VaultError              what upstreams keep could not be looked up or remembered: nothing is sent or shown
    └── RequestError            answers an API request; has an HTTP status, a type and a code
        ├── InvalidRequest      400 (or another 4xx), the request is malformed
        ├── Unauthorized        401
        ├── Forbidden           403, the credential does not allow it
        ├── RequestTooLarge     413
        ├── RateLimited         429 with retry-after
        ├── Overloaded          503 with retry-after
        ├── IdentityUnavailable 503 with retry-after
        ├── UpstreamFailed      502, or the upstream's own 4xx
        ├── UpstreamTimeout     504
        └── PolicyRefusal       type `privacy_policy`
            ├── BlockedByPolicy        403 blocked_by_policy
            ├── NoClearedUpstream      503 no_cleared_upstream
            ├── UninspectableContent   422 uninspectable_content
            └── UnsupportedEndpoint    404 unsupported_endpoint

Messages say what happened, where, and what to do. None holds request or response text (invariant 4): a message
is built from constants, paths that are safe by construction, counts, and names from settings and policies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "AuditError",
    "BlockedByPolicy",
    "BudgetError",
    "ConfigurationError",
    "DetectionError",
    "Forbidden",
    "GatewayError",
    "IdentityUnavailable",
    "InvalidRequest",
    "NoClearedUpstream",
    "Overloaded",
    "PolicyRefusal",
    "Problem",
    "RateLimited",
    "RequestError",
    "RequestTooLarge",
    "TransformError",
    "Unauthorized",
    "UninspectableContent",
    "UnsupportedEndpoint",
    "UpstreamFailed",
    "UpstreamTimeout",
    "VaultError",
]


class GatewayError(Exception):
    """Root of all errors raised on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file. `line` starts at 1; 0 where a line makes no sense."""

    file: str
    line: int
    message: str
    expected: str = ""
    mend: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        text = f"{where}: {self.message}"
        if self.expected:
            text += f"\n    expected: {self.expected}"
        if self.mend:
            text += f"\n    mend: {self.mend}"
        return text


class ConfigurationError(GatewayError):
    """Settings, a policy, a pack or a model that cannot be used. `problems` has every one of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DetectionError(GatewayError):
    """A recognizer or a model failed."""


class TransformError(GatewayError):
    """An obligation could not be discharged."""


class BudgetError(GatewayError):
    """Exposure could not be counted."""


class AuditError(GatewayError):
    """An audit record could not be made durable."""


class VaultError(GatewayError):
    """What upstreams keep could not be looked up or remembered."""


class RequestError(GatewayError):
    """Answers an API request.

    Attributes:
        status: the HTTP status.
        type: the envelope's `type`.
        code: the envelope's `code`, or None.
        retry_after_s: seconds for the `retry-after` header, or None.
    """

    status = 400
    type = "invalid_request_error"
    code: str | None = None

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if status is not None:
            self.status = status
        if code is not None:
            self.code = code
        self.retry_after_s = retry_after_s


class InvalidRequest(RequestError):
    """The request is malformed."""


class Unauthorized(RequestError):
    """The client's credential is missing or wrong.

    Attributes:
        reason: why, for the log: words of the code alone. The client isn't told, since it may be probing.
    """

    status = 401
    type = "authentication_error"
    code = "invalid_api_key"

    def __init__(self, reason: str, *, code: str | None = None) -> None:
        super().__init__("This gateway asks for a credential, and does not accept the one it got, if any.", code=code)
        self.reason = reason


class Forbidden(RequestError):
    """The client's credential is good, but does not allow this."""

    status = 403
    type = "permission_error"
    code = "permission_denied"


class RequestTooLarge(RequestError):
    """The body is larger than the gateway reads."""

    status = 413
    code = "request_too_large"


class RateLimited(RequestError):
    """The principal or its tenant has used up a rate limit (or, code `quota_exceeded`, a quota)."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"


class Overloaded(RequestError):
    """The gateway takes no more requests at the moment."""

    status = 503
    type = "server_error"
    code = "overloaded"


class IdentityUnavailable(RequestError):
    """An issuer's keys cannot be had, so its tokens cannot be verified (fail closed)."""

    status = 503
    type = "server_error"
    code = "identity_unavailable"


class UpstreamFailed(RequestError):
    """The upstream refused, broke off or could not be understood."""

    status = 502
    type = "upstream_error"
    code = "upstream_failed"


class UpstreamTimeout(RequestError):
    """The upstream did not answer in time."""

    status = 504
    type = "upstream_error"
    code = "upstream_timeout"


class PolicyRefusal(RequestError):
    """The policy, or a promise that stands above every policy, keeps the request from being sent."""

    status = 403
    type = "privacy_policy"


class BlockedByPolicy(PolicyRefusal):
    """A rule denies, no rule matched, or a rule failed while it was evaluated."""

    code = "blocked_by_policy"


class NoClearedUpstream(PolicyRefusal):
    """No upstream that the policy allows is cleared, reachable and speaks the dialect (fail closed)."""

    status = 503
    code = "no_cleared_upstream"


class UninspectableContent(PolicyRefusal):
    """The request holds content that cannot be read, and the policy does not say where it may go."""

    status = 422
    code = "uninspectable_content"


class UnsupportedEndpoint(PolicyRefusal):
    """The gateway does not know the endpoint or the method, so it cannot scan what would pass."""

    status = 404
    code = "unsupported_endpoint"
