"""What every test relies on: one Kafka, reproducible examples, and no silent skip in CI."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import structlog
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_SHARED_KAFKA: Final = pytest.StashKey[str]()
_COVERING: Final = ("schemas", "streams")
"""The folders of tests that show what is covered; whatever else runs, and their slow tests, would only run slower."""
_WITHOUT_COVERAGE: Final = ("laws", "test_resolution.py")
IN_CI = os.environ.get("CI", "") not in {"", "0", "false"}

# No deadline: two busy cores make any example slow now and then, which says nothing about the code.
settings.register_profile("dev", deadline=None)
# In CI half as many as a developer draws, and the same ones every time: what draws anew is every developer's own run.
settings.register_profile(
    "ci", deadline=None, derandomize=True, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if IN_CI else "dev")


def _skip_is_failure(report: pytest.TestReport | pytest.CollectReport) -> None:
    """In CI everything a test needs is there, so a skip hides a test that does not run."""
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"In CI a skip is a failure. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that skipped itself."""
    report = yield
    _skip_is_failure(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a module that skipped itself."""
    report = yield
    _skip_is_failure(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Measure coverage by the tests of what is measured.

    Counting every line of a month's judgement takes eight times as long as judging it.  (pytest-cov's own mark does not
    reach the processes that share the tests.)
    """
    place = item.path.relative_to(Path(__file__).parent).parts
    if place[0] in _COVERING and {*place}.isdisjoint(_WITHOUT_COVERAGE):
        return (yield)
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests where several processes share them: the last should be short."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start one Kafka for all processes that share the tests, in the process that starts them.

    If it does not start, each process tries for itself, and its tests say why.
    """
    from deploy.local.kafka import KafkaUnavailableError

    if node.config.option.markexpr == "not kafka":
        return
    if _SHARED_KAFKA not in node.config.stash:
        with contextlib.suppress(KafkaUnavailableError):
            node.config.stash[_SHARED_KAFKA] = _started(node.config)
    node.workerinput["kafka"] = node.config.stash.get(_SHARED_KAFKA, None)


def _started(config: pytest.Config) -> str:
    """Start a Kafka that ends with the run, and return its address."""
    from deploy.local.kafka import kafka_from_environment

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cdi-kafka-")))
        bootstrap = stack.enter_context(kafka_from_environment(folder))
        config.add_cleanup(stack.pop_all().close)
        return bootstrap


@pytest.fixture(scope="session", autouse=True)
def _loggers_are_looked_up_each_time() -> Iterator[None]:
    """Let no test that configures logging keep the loggers of a later one from being captured."""
    configure = structlog.configure

    def without_cache(**settings: Any) -> None:
        configure(**(settings | {"cache_logger_on_first_use": False}))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(structlog, "configure", without_cache)
        yield


@pytest.fixture(scope="module", autouse=True)
def _topics_end_with_their_module(request: pytest.FixtureRequest) -> Iterator[None]:
    """Delete a module's topics from the Kafka that all share: thousands of unused ones fill its memory."""
    shared = getattr(request.config, "workerinput", {}).get("kafka")
    if not shared:
        yield
        return
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    from agents.kafka import topics

    made: dict[str, None] = {}

    class NotingAdminClient(AdminClient):
        """Notes what it creates on the shared Kafka."""

        def __init__(self, settings: dict[str, Any]) -> None:
            super().__init__(settings)
            self._is_shared = settings["bootstrap.servers"] == shared

        def create_topics(self, new_topics: list[Any], **options: Any) -> Any:  # type: ignore[override]
            if self._is_shared:
                made.update((topic.topic, None) for topic in new_topics)
            return super().create_topics(new_topics, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(topics, "AdminClient", NotingAdminClient)
        yield
    if made:
        admin = AdminClient({"bootstrap.servers": shared})  # it must outlive what it is asked
        for deleted in admin.delete_topics(list(made)).values():
            with contextlib.suppress(KafkaException, TimeoutError):  # one that a test deleted itself, or a busy machine
                deleted.result(20)


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the bootstrap address of the session's one Kafka.

    It is the cluster that CDI_KAFKA names, or else an embedded broker.  Topics outlive a test, so a test takes names or
    a prefix of its own.
    """
    from deploy.local.kafka import kafka_from_environment

    if shared := getattr(request.config, "workerinput", {}).get("kafka"):
        yield shared
        return
    with kafka_from_environment(tmp_path_factory.mktemp("kafka")) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a PostgreSQL on a socket of its own and give the folder of the socket.

    It believes whoever comes, but for members of the role with_password.
    """
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = str(programs[-1]) if programs else shutil.which("initdb")
    if initdb is None:
        pytest.skip("PostgreSQL is not installed here: nothing is tested on it")
    binaries = Path(initdb).parent
    as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="cdi-postgres-"))
    try:
        if as_owner:
            shutil.chown(folder, "postgres")
        data = folder / "data"

        def run(*command: str) -> None:
            subprocess.run([*as_owner, *command], check=True, capture_output=True, cwd=folder)

        run(initdb, "-D", str(data), "-U", "board", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
        access = data / "pg_hba.conf"
        access.write_text(f"local all +with_password scram-sha-256\n{access.read_text()}")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=200"
        control = str(binaries / "pg_ctl")
        run(control, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield str(folder)
        finally:
            run(control, "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
