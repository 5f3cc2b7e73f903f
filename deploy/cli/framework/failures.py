"""Tell the user why a command failed."""

from __future__ import annotations

from confluent_kafka import KafkaException
from typer.exceptions import TyperException

from agents.kafka.producer import NotDeliveredError
from agents.settings.schema_registry import RegistryError
from dashboards.board.readmodel import ReadModelIsNewerError
from deploy.cli.framework.errors import CommandError
from deploy.cli.framework.output import tell
from schemas.refusals import BadRecordError
from streams.engine.state_format import NewerStateError
from streams.topology.messages import UnreadableError


def report_failure(failure: Exception) -> int:
    """Tell the user in one line why a command failed, and return its exit status."""
    if isinstance(failure, TyperException):
        message = " ".join(failure.format_message().split()).replace(": Value error, ", ": ")
        if message:
            tell(f"cdi: {message}")
        return failure.exit_code
    if isinstance(failure, CommandError | RegistryError | ReadModelIsNewerError):
        tell(f"cdi: {failure}")
        return failure.status if isinstance(failure, CommandError) else 1
    if isinstance(failure, KafkaException):
        tell(f"cdi: Kafka: {failure.args[0].str()}")
        return 1
    if isinstance(failure, NotDeliveredError | UnreadableError):
        tell(f"cdi: Kafka: {failure}")
        return 1
    if isinstance(failure, NewerStateError):
        tell(f"cdi: the workers' state is a newer release's: {failure}: run that release, or a newer one")
        return 1
    if isinstance(failure, BadRecordError):  # on a topic of ours: those on a source's are set aside where they are read
        tell(f"cdi: one of our own messages cannot be read: {failure}")
        return 1
    if isinstance(failure, OSError) and failure.filename is not None:  # of a setting: arguments are refused as such
        tell(f"cdi: {failure.filename}: {failure.strerror}")
        return 1
    # Only the kind: what an unforeseen error says may quote a record.
    tell(f"cdi: an unforeseen {type(failure).__name__}; --debug shows where")
    return 1
