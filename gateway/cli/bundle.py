"""`privacy-gateway policy bundle`, `policy rollback`, `drift`: signed bundles, going back, and who runs what."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli.options import CONFIG, SECONDS

if TYPE_CHECKING:
    from gateway.adapters.bundle_keys import BundleKey
    from gateway.adapters.bundles import Opened

__all__ = ["bundle", "drift", "rollback"]

_COMPARED: Final = ("policy_revision", "classifier_revision", "bundle", "tenants")
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
FILE = click.argument("file", type=_FILE)


@click.group(
    epilog="""\b
Examples:
  openssl genpkey -algorithm ed25519 -out policy.key && openssl pkey -in policy.key -pubout -out policy.pub
  privacy-gateway policy bundle make policy.bundle.json --key policy.key --config gateway.yaml
  privacy-gateway policy bundle verify policy.bundle.json --public-key policy.pub
  privacy-gateway policy bundle show policy.bundle.json"""
)
def bundle() -> None:
    """Policies and packs in one signed file, named by its content (DSSE, in-toto Statement v1, Ed25519)."""


@bundle.command(
    epilog="""\b
Examples:
  privacy-gateway policy bundle make policy.bundle.json --key policy.key
  privacy-gateway policy bundle make policy.bundle.json policies/clinic.yaml --key policy.key --config gateway.yaml

Exit codes: 0 written, 1 the policy has problems, 2 usage or settings."""
)
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--key", type=_FILE, help="Ed25519 private key (PEM) to sign with; without one the bundle is unsigned.")
@click.option("--serial", type=click.IntRange(0, 2**53), default=0, help="Number of this release, counted up.")
@CONFIG
@JSON
def make(out: Path, path: Path | None, key: Path | None, serial: int, config: Path | None, as_json: bool) -> None:
    """Write the policy in PATH, or that of the settings, with the packs and tenants' own policies to the file OUT.

    The policies are checked first. The same content and key give the same bytes, anywhere.
    """
    from gateway.adapters.bundle_keys import private_key
    from gateway.adapters.bundles import seal
    from gateway.adapters.replaced_file import replace_file
    from gateway.classifiers import classifiers_path
    from gateway.cli.policy_source import problems_told
    from gateway.loadout import arrange, bundle_of
    from gateway.settings import load

    flags: dict[str, object] = (
        {"bundle.file": None, "policies": str(path.absolute())} if path else {"bundle.file": None}
    )
    loaded = load(config, flags=flags | {"bundle.require_signed": False}, to="judge")
    signer = private_key(key) if key else None
    with problems_told(as_json=as_json, but_of=classifiers_path(loaded)):
        made = bundle_of(arrange(loaded), serial)
    replace_file(out, seal(made, signer))
    told = {"file": str(out), "bundle": made.digest, "policy_revision": made.policy_revision, "signed": bool(signer)}
    if as_json:
        _echo(told | {"classifier_revision": made.classifier_revision, "serial": serial})
    else:
        signed = "signed" if signer else click.style("not signed", fg="yellow")
        click.echo(f"{out}: {made.digest}, policy {made.policy_revision}, {signed}")


@bundle.command(
    epilog="""\b
Example:
  privacy-gateway policy bundle verify policy.bundle.json --public-key policy.pub"""
)
@FILE
@click.option(
    "--public-key", "keys", type=_FILE, multiple=True, required=True, help="PEM file; may be given several times."
)
@JSON
def verify(file: Path, keys: tuple[Path, ...], as_json: bool) -> None:
    """Check that one of the keys signed FILE, and that its content is as it was signed. Exit 1 if not."""
    from gateway.adapters.bundle_keys import public_key
    from gateway.core.errors import ConfigurationError

    trusted = [public_key(path) for path in keys]
    try:
        opened = _open(file, trusted, require_signed=True)
    except ConfigurationError as error:
        if as_json:
            _echo({"valid": False, "problems": [str(problem) for problem in error.problems]})
        else:
            click.echo(str(error), err=True)
        sys.exit(1)
    if as_json:
        _echo({"valid": True, **_told(opened)})
    else:
        click.echo(f"{click.style('valid', fg='green')} {opened.digest}, signed by {', '.join(opened.signed_by)}")


@bundle.command(
    epilog="""\b
Examples:
  privacy-gateway policy bundle show policy.bundle.json
  privacy-gateway policy bundle show policy.bundle.json --text > what-it-says.yaml"""
)
@FILE
@click.option("--text", is_flag=True, help="Print the text of the policies in it.")
@JSON
def show(file: Path, text: bool, as_json: bool) -> None:
    """Say what is in FILE. Checks no signature."""
    opened = _open(file, (), require_signed=False)
    if as_json:
        _echo(_told(opened))
        return
    if text:
        for name, content in opened.bundle.policies.items():
            click.echo(f"# {name}\n---\n{content}", nl=False)
        for tenant, own in opened.bundle.tenants.items():
            for name, content in own.policies.items():
                click.echo(f"# tenant {tenant}: {name}\n---\n{content}", nl=False)
        return
    told = _told(opened)
    click.echo(f"bundle      {told['bundle']}")
    click.echo(f"policy      {told['policy_revision']} of {', '.join(told['mains'])}")
    click.echo(f"classifiers {told['classifier_revision']}")
    click.echo(f"serial      {told['serial']}")
    for kind in ("policies", "packs", "classifiers", "tenants"):
        click.echo(f"{kind:<11} {', '.join(told[kind])}")


@click.command(
    epilog="""\b
Examples:
  privacy-gateway policy rollback --config gateway.yaml
  privacy-gateway policy rollback --config gateway.yaml --to sha256:0f3a…

A running gateway takes it up within reload_seconds. Policies in files are rolled back by restoring the files."""
)
@click.option("--to", metavar="DIGEST", help="The bundle to go back to, or how its digest begins. Default: the last.")
@click.option("--list", "listed", is_flag=True, help="Only list what was in use.")
@CONFIG
def rollback(to: str | None, listed: bool, config: Path | None) -> None:
    """Put an earlier bundle in the place of the settings' one. Exit 1 if there is none, or it is no longer trusted."""
    from gateway.adapters.bundle_keys import public_key
    from gateway.adapters.bundles import open_bundle
    from gateway.adapters.policy_history import PolicyHistory
    from gateway.adapters.replaced_file import replace_file
    from gateway.core.errors import ConfigurationError
    from gateway.settings import load

    loaded = load(config, to="read")
    history = PolicyHistory(loaded.resolve(loaded.settings.audit.directory))
    if listed:
        for used in history.all():
            click.echo(f"{used.time}  policy {used.policy_revision}  {used.bundle or 'from files'}")
        return
    settings = loaded.settings.bundle
    if settings.file is None:
        raise click.UsageError("the settings name no bundle: restore the policy's files, by version control")
    file = loaded.resolve(settings.file)
    wanted = _earlier([used.bundle for used in history.all() if used.bundle], _digest(file), to)
    data = history.sealed(wanted) if wanted else None
    if data is None:
        click.echo("no earlier bundle is kept beside the audit log; see --list", err=True)
        sys.exit(1)
    try:
        keys = [public_key(loaded.resolve(path)) for path in settings.public_keys]
        opened = open_bundle(
            data, wanted, keys, require_signed=settings.require_signed, minimum_serial=settings.minimum_serial
        )
    except ConfigurationError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    if opened.digest != wanted:
        click.echo(f"what is kept as {wanted} beside the audit log is {opened.digest}: nothing was changed", err=True)
        sys.exit(1)
    replace_file(file, data)
    click.echo(f"{file} is {wanted} again")


def _addresses(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return what was given if each is an address; for click."""
    for url in given:
        if not url.startswith(("http://", "https://")):
            raise click.BadParameter(f"{url} is no address: write http://HOST:PORT")
    return given


@click.command(
    epilog="""\b
Examples:
  privacy-gateway drift --bundle policy.bundle.json --replica http://gw-0:8081 --replica http://gw-1:8081
  privacy-gateway drift --replica http://gw-0:8081 --replica http://gw-1:8081 --json

Exit codes: 0 all run the same, 1 one does not, or could not be asked, 2 usage or settings."""
)
@click.option("--bundle", "file", type=_FILE, help="What they should run; without it they are compared with the first.")
@click.option(
    "--replica",
    "replicas",
    metavar="URL",
    multiple=True,
    required=True,
    callback=_addresses,
    help="The admin port of a replica.",
)
@click.option("--token-file", type=_FILE, help="File with a bearer token for the admin port.")
@click.option("--ca", type=_FILE, help="PEM file of the CA of the admin port's certificate; default: the system's.")
@click.option("--timeout", type=SECONDS, default=5.0, show_default=True, help="Seconds to wait for each.")
@JSON
def drift(
    file: Path | None,
    replicas: tuple[str, ...],
    token_file: Path | None,
    ca: Path | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Compare what replicas run (policy, classifiers, bundle) with a bundle, or with one another."""
    import asyncio

    rows = asyncio.run(_ask(replicas, timeout, _token(token_file), ca))
    if file is not None:
        opened = _open(file, (), require_signed=False)
        expected: dict[str, Any] = {
            "policy_revision": opened.bundle.policy_revision,
            "classifier_revision": opened.bundle.classifier_revision,
            "bundle": opened.digest,
            "tenants": {name: own.revision for name, own in opened.bundle.tenants.items()},
        }
    else:
        expected = next((row for row in rows if "problem" not in row), {})
    for row in rows:
        if "problem" in row:
            row["differs"] = ["unreachable"]
        else:
            row["differs"] = [name for name in _COMPARED if row.get(name) != expected.get(name)]
            row["differs"] += ["stale"] if row.get("stale") else []
    drifted = any(row["differs"] for row in rows)
    if as_json:
        _echo({"drift": drifted, "expected": {name: expected.get(name) for name in _COMPARED}, "replicas": rows})
    else:
        for row in rows:
            verdict = click.style("same", fg="green") if not row["differs"] else click.style("DRIFT", fg="red")
            click.echo(f"{verdict} {row['replica']}  " + (row.get("problem") or f"policy {row['policy_revision']}"))
            for name in row["differs"]:
                if name in _COMPARED:
                    click.echo(f"      {name}: {row.get(name)}, expected {expected.get(name)}")
                elif name == "stale":
                    click.echo("      a newer policy is broken there; see its log")
    if drifted:
        sys.exit(1)


def _token(file: Path | None) -> str:
    """Return the token in `file`; empty: none."""
    token = file.read_text(encoding="ascii", errors="replace").strip() if file else ""
    if not token.isascii() or any(sign.isspace() for sign in token):
        raise click.BadParameter(f"{file} holds no token: write one line of ASCII", param_hint="'--token-file'")
    return token


async def _ask(replicas: tuple[str, ...], timeout_s: float, token: str, ca: Path | None) -> list[dict[str, Any]]:
    import asyncio
    import ssl

    import httpx

    headers = {"authorization": f"Bearer {token}"} if token else {}

    async def one(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
        try:
            answer = await client.get(f"{url.rstrip('/')}/revision")
            answer.raise_for_status()
            told = answer.json()
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            mend = " (--token-file)" if status in {401, 403} else ""
            return {"replica": url, "problem": f"answered {status}{mend}"}
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return {"replica": url, "problem": f"could not be asked: {_why(error)}"}
        if not isinstance(told, dict) or "policy_revision" not in told:
            return {"replica": url, "problem": "is no gateway's admin port"}
        return {"replica": url, **told}

    try:
        trusted = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError):
        raise click.UsageError(f"{ca} is no PEM file of CA certificates") from None
    async with httpx.AsyncClient(timeout=timeout_s, headers=headers, trust_env=False, verify=trusted) as client:
        return list(await asyncio.gather(*(one(client, url) for url in replicas)))


def _why(error: Exception) -> str:
    """Return why a replica told nothing, for whoever has to mend it."""
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return "it did not answer in time (--timeout)"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "its certificate is not trusted (--ca), or is another host's"
    if isinstance(error, httpx.ConnectError):
        return "no connection can be made"
    return "it is no gateway's admin port" if isinstance(error, ValueError) else type(error).__name__


def _open(file: Path, keys: tuple[BundleKey, ...] | list[BundleKey], *, require_signed: bool) -> Opened:
    from gateway.adapters.bundles import open_bundle, read_bundle

    return open_bundle(read_bundle(file), str(file), keys, require_signed=require_signed)


def _told(opened: Opened) -> dict[str, Any]:
    inside = opened.bundle
    return {
        "bundle": opened.digest,
        "policy_revision": inside.policy_revision,
        "classifier_revision": inside.classifier_revision,
        "mains": list(inside.mains),
        "policies": sorted(inside.policies),
        "packs": sorted(inside.packs),
        "classifiers": dict(inside.classifiers),
        "tenants": {name: own.revision for name, own in sorted(inside.tenants.items())},
        "serial": inside.serial,
        "signed_by": list(opened.signed_by),
    }


def _digest(file: Path) -> str:
    """Return the digest of the bundle in `file`; empty if there is none that can be read."""
    from gateway.core.errors import ConfigurationError

    try:
        return _open(file, (), require_signed=False).digest
    except (OSError, ConfigurationError):
        return ""


def _earlier(used: list[str], current: str, to: str | None) -> str:
    """Return the digest to go back to: the one that `to` begins, or the last that is not `current`; empty: none."""
    if to is not None:
        meant = sorted({digest for digest in used if digest.startswith((to, f"sha256:{to}"))})
        if len(meant) > 1:
            raise click.UsageError(f"{to} is the beginning of several digests")
        return meant[0] if meant else ""
    return next((digest for digest in reversed(used) if digest != current), "")


def _echo(value: object) -> None:
    from gateway.cli.console import echo_json

    echo_json(value)
