"""`privacy-gateway init`: the bundled policies and classifiers as files of one's own, with commented settings."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

import click

__all__ = ["SETTINGS", "init"]

SETTINGS: Final = """\
# privacy-gateway settings: where traffic may go. What may go where is said by policies/.
# Check it:  privacy-gateway upstreams --config gateway.yaml
# Run it:    privacy-gateway serve --config gateway.yaml
# Every setting can be an environment variable too: PRIVACY_GATEWAY_LISTEN, PRIVACY_GATEWAY_AUDIT__DIRECTORY, …

listen: 127.0.0.1:8080            # data plane: what applications take as base_url (http://127.0.0.1:8080/v1)
admin: 127.0.0.1:8081             # health, metrics, decisions; never on the data port

upstreams:
  - name: onprem                  # highly sensitive requests stay here
    zone: local                   # local | secure | cloud
    # clearance: high             # highest sensitivity it may receive; by zone: local high, secure moderate, cloud low
    base_url: http://127.0.0.1:8000/v1   # vLLM, Ollama, llama.cpp …; up to and with /v1
    models: {"*": llama-3.3-70b}  # requested model (glob) to served model; leave out to pass the name as asked
    # dialects: [openai, anthropic]      # what it speaks; left out: openai. Anthropic's clients need theirs

  # - name: openai
  #   zone: cloud
  #   base_url: https://api.openai.com/v1
  #   api_key: {env: OPENAI_API_KEY}     # or {file: PATH}; never a literal
  #   region: us

  # - name: anthropic
  #   zone: cloud
  #   base_url: https://api.anthropic.com/v1
  #   api_key: {env: ANTHROPIC_API_KEY}
  #   dialects: [anthropic]

policies: policies/default.yaml   # yours; test it: privacy-gateway policy test --config gateway.yaml
classifiers: classifiers/         # your copy of the bundled recognizer packs and models
audit:
  directory: audit/               # one JSON line for each decision; verify: privacy-gateway audit verify

# key: {env: SURROGATE_KEY}   # keys the placeholders; share it among replicas, keep it over restarts
"""


@click.command(
    epilog="""\b
Example:
  privacy-gateway init my-gateway
  $EDITOR my-gateway/gateway.yaml
  privacy-gateway serve --config my-gateway/gateway.yaml""",
)
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def init(directory: Path) -> None:
    """Copy the bundled policies and classifiers to DIRECTORY, with a commented gateway.yaml."""
    from gateway.classifiers import bundled

    taken = [name for name in ("gateway.yaml", "policies", "classifiers") if (directory / name).exists()]
    if taken:
        click.echo(
            f"{directory} already has {', '.join(taken)}: nothing was written. Choose another directory.", err=True
        )
        sys.exit(2)
    directory.mkdir(parents=True, exist_ok=True)
    shutil.copytree(bundled("classifiers"), directory / "classifiers")
    for name in ("default.yaml", "tests/default.yaml"):  # the others are there by `extends: ["bundled:NAME"]`
        (directory / "policies" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(bundled("policies") / name, directory / "policies" / name)
    (directory / "gateway.yaml").write_text(SETTINGS, encoding="utf-8")
    click.echo(f"Wrote {directory}/gateway.yaml, {directory}/policies/ and {directory}/classifiers/.")
    click.echo(f"Next: edit {directory}/gateway.yaml, then")
    click.echo(f"  privacy-gateway serve --config {directory}/gateway.yaml")
