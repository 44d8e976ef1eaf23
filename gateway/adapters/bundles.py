"""Policy bundles: policies, packs and the hashes of models in one signed file, named by its content.

A bundle is a DSSE envelope (Dead Simple Signing Envelope 1.0) around an in-toto Statement (v1), because tools that
keep and check such files exist already, and because the signature is over the bytes and their type, so that nothing
has to be canonicalised to be verified. The statement's subjects are the files with their SHA-256; its predicate holds
the texts of policies and packs themselves, so that one file is all that a gateway needs beside its models.

The payload is written in one way only (sorted keys, no space, no time), and Ed25519 (RFC 8032) is deterministic: the
same files and key give the same bytes on any machine. The digest of a bundle is the SHA-256 of its payload, so it
does not change when another key signs it too.

A signature does not say that a bundle is the newest. Whoever may write the file could put back an earlier one that was
signed; `serial`, which a release counts up, and `bundle.minimum_serial` in the settings shut out those that must not
come back.

Read strictly and in this order: envelope, signature over the very bytes, and only then the payload's JSON; every
subject's digest must be that of its text, and nothing else may be in it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from gateway.adapters.regular_file import LONGEST, beginning_of
from gateway.core.errors import ConfigurationError, Problem

if TYPE_CHECKING:  # few start with a bundle, and what it is signed with takes long to import
    from gateway.adapters.bundle_keys import BundleKey, SigningKey

__all__ = ["Bundle", "Opened", "TenantPolicy", "open_bundle", "read_bundle", "seal"]

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "https://privacy-gateway.example/policy-bundle/v1"
_MAX_SIGNATURES: Final = 16


@dataclass(frozen=True, slots=True)
class TenantPolicy:
    """The policy of one tenant.

    Attributes:
        policies: name to text, as in `Bundle`.
        mains: names of the policy's own files, in order.
        revision: of the policy, as records name it.
    """

    policies: Mapping[str, str] = field(repr=False)
    mains: tuple[str, ...]
    revision: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is in a bundle.

    Attributes:
        policies: name to text of the policy's files and of all that they extend (`gateway.adapters.policy_files`).
        mains: names of the policy's own files, in order.
        packs: file name to text of the recognizer packs.
        classifiers: path to SHA-256 (hex) of the other classifier files: models' cards, lists. They stay where they
            are and must be these.
        policy_revision: of the policy, as records name it.
        classifier_revision: of the classifiers, as records name it.
        tenants: tenant to policy, of those that have one of their own.
        serial: counts releases up; 0 where nobody counts.
    """

    policies: Mapping[str, str] = field(repr=False)
    mains: tuple[str, ...]
    packs: Mapping[str, str] = field(repr=False)
    classifiers: Mapping[str, str]
    policy_revision: str
    classifier_revision: str
    tenants: Mapping[str, TenantPolicy] = field(default_factory=dict)
    serial: int = 0

    def payload(self) -> bytes:
        """Return the statement in its one spelling."""
        files = {f"policies/{name}": _sha256(text) for name, text in self.policies.items()}
        files |= {f"packs/{name}": _sha256(text) for name, text in self.packs.items()}
        files |= {f"classifiers/{name}": digest for name, digest in self.classifiers.items()}
        for tenant, own in self.tenants.items():
            place = f"tenants/{quote(tenant, safe='', errors='surrogatepass')}"
            files |= {f"{place}/{name}": _sha256(text) for name, text in own.policies.items()}
        statement = {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": name, "digest": {"sha256": files[name]}} for name in sorted(files)],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "policies": dict(self.policies),
                "mains": list(self.mains),
                "packs": dict(self.packs),
                "classifiers": dict(self.classifiers),
                "policyRevision": self.policy_revision,
                "classifierRevision": self.classifier_revision,
                "tenants": {
                    tenant: {
                        "policies": dict(own.policies),
                        "mains": list(own.mains),
                        "policyRevision": own.revision,
                    }
                    for tenant, own in self.tenants.items()
                },
                "serial": self.serial,
            },
        }
        return json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")

    @property
    def digest(self) -> str:
        """The content's name: `sha256:` and 64 hex digits."""
        return digest_of(self.payload())


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle that was read.

    Attributes:
        bundle: what is in it.
        digest: of its payload.
        signed_by: ids of the trusted keys that signed it; empty: none did.
    """

    bundle: Bundle
    digest: str
    signed_by: tuple[str, ...]


def digest_of(payload: bytes) -> str:
    """Return the name of a payload."""
    return f"sha256:{hashlib.sha256(payload).hexdigest()}"


def seal(bundle: Bundle, key: SigningKey | None) -> bytes:
    """Return the bundle as a file; without `key` unsigned, which a gateway takes only if it is told to."""
    payload = bundle.payload()
    signatures = []
    if key is not None:
        signature = base64.b64encode(key.sign(_pae(payload))).decode()
        signatures.append({"keyid": key.id, "sig": signature})
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": signatures,
    }
    return json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode("ascii") + b"\n"


def read_bundle(path: Path) -> bytes:
    """Return the bytes of a bundle's file; of one that is too long no more than tells so.

    Raises:
        ConfigurationError: if it cannot be read.
    """
    try:
        return beginning_of(path)
    except OSError as error:
        expected = "a file made by policy bundle make"
        raise _refused(str(path), f"cannot be read ({error.strerror})", expected) from None


def open_bundle(
    data: bytes, file: str, keys: Sequence[BundleKey], *, require_signed: bool = True, minimum_serial: int = 0
) -> Opened:
    """Return the bundle in `data`.

    Args:
        data: the file's bytes.
        file: its name, for messages.
        keys: those whose signature counts.
        require_signed: refuse what none of `keys` signed. Without it a bundle without signatures is taken; one with
            signatures of which none is good is refused all the same where there are `keys`.
        minimum_serial: refuse what was released earlier.

    Raises:
        ConfigurationError: if it is not a bundle, was changed, or is not signed as it must be.
    """
    payload, signatures = _envelope(data, file)
    message = _pae(payload)
    signed_by = tuple(key.id for key in keys if any(key.verifies(signature, message) for signature in signatures))
    if not signed_by and require_signed:
        told = "no trusted key signed it" if signatures else "it is not signed"
        raise _refused(file, f"{told}", "a signature by one of bundle.public_keys", "policy bundle make --key")
    if not signed_by and signatures and keys:
        raise _refused(file, "no trusted key signed it", "a signature by one of bundle.public_keys")
    try:
        bundle = _bundle(json.loads(payload))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _refused(file, "its payload is no policy bundle", "a file made by policy bundle make") from None
    if bundle.payload() != payload:
        raise _refused(file, "its payload is not as policy bundle make writes it", "unchanged content")
    if bundle.serial < minimum_serial:
        told = f"it has the serial {bundle.serial}, and bundle.minimum_serial is {minimum_serial}"
        raise _refused(file, told, "a newer bundle", "policy bundle make --serial")
    return Opened(bundle, digest_of(payload), signed_by)


def _envelope(data: bytes, file: str) -> tuple[bytes, list[bytes]]:
    if len(data) > LONGEST:
        raise _refused(file, "the bundle is too long", f"at most {LONGEST} bytes")
    try:
        envelope = json.loads(data)
        if envelope["payloadType"] != PAYLOAD_TYPE or len(envelope["signatures"]) > _MAX_SIGNATURES:
            raise ValueError
        payload = _decoded(envelope["payload"])
        signatures = [_decoded(entry["sig"]) for entry in envelope["signatures"]]
    except (ValueError, TypeError, KeyError, binascii.Error, RecursionError):
        raise _refused(file, "is no policy bundle", "a file made by policy bundle make") from None
    return payload, signatures


def _decoded(text: str) -> bytes:
    """Return what `text` is base64 of, as it must be written: spare bits of the last letter are nought (RFC 4648, 3.5).

    Raises:
        ValueError: if it is anything else.
    """
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError
    return raw


def _bundle(statement: Any) -> Bundle:
    if statement["_type"] != STATEMENT_TYPE or statement["predicateType"] != PREDICATE_TYPE:
        raise ValueError
    predicate = statement["predicate"]
    return Bundle(
        policies=_texts(predicate["policies"]),
        mains=_names(predicate["mains"]),
        packs=_texts(predicate["packs"]),
        classifiers=_texts(predicate["classifiers"]),
        policy_revision=str(predicate["policyRevision"]),
        classifier_revision=str(predicate["classifierRevision"]),
        tenants={
            tenant: TenantPolicy(_texts(own["policies"]), _names(own["mains"]), str(own["policyRevision"]))
            for tenant, own in predicate["tenants"].items()
        },
        serial=_serial(predicate["serial"]),
    )


def _names(value: Any) -> tuple[str, ...]:
    return tuple(_texts({name: name for name in value}))


def _serial(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError
    return value


def _texts(value: Any) -> dict[str, str]:
    if not all(isinstance(text, str) for entry in value.items() for text in entry):
        raise TypeError
    return dict(value)


def _pae(payload: bytes) -> bytes:
    """Return what is signed: DSSE's pre-authentication encoding of type and payload."""
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _refused(file: str, message: str, expected: str, mend: str = "") -> ConfigurationError:
    return ConfigurationError([Problem(file, 0, message, expected, mend)])
