"""The commands ``cdi`` offers: known by name and a line each, loaded when one is asked for.

Importing them all takes longer than most of them run, so ``cdi --help`` and every command load only what they need.
"""

from __future__ import annotations

from contextvars import ContextVar
from importlib import import_module
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

DEBUGGING: Final = ContextVar("DEBUGGING", default=False)
"""Whether whoever runs a command wants to see all."""


class Offer(NamedTuple):
    """One command, or group of commands."""

    name: str
    place: str
    """``module:attribute``, the module below this package."""
    line: str
    """What ``cdi --help`` says of it: the first paragraph of its own help."""
    hidden: bool = False
    """Whether it is no business of people's, so that ``cdi --help`` says nothing of it."""


OFFERS: Final = (
    Offer(
        "demo", "demo:demo",
        "Play HMIC's inspection of Leicestershire: a real Kafka, workers, alerts as they rise, and Part B's table.",
    ),
    Offer(
        "up", "up:up",
        "Run Kafka (or use the cluster CDI_KAFKA names), workers, board and notifier until Ctrl-C; the data is kept.",
    ),
    Offer("worker", "worker:worker", "Run one worker until it is told to stop (SIGTERM or Ctrl-C)."),
    Offer(
        "board", "board:board",
        "Show the live board in browsers until told to stop; more of it is set by CDI_BOARD_... variables.",
    ),
    Offer(
        "board-user", "board:board_user",
        "Make a user of the board, or replace one, and print the password that signs in once.",
    ),
    Offer(
        "board-comparison", "board_comparison:board_comparison",
        "Make one comparison of policies that was asked for on the board: what the board itself starts.", hidden=True,
    ),
    Offer(
        "notifier", "notifier:notifier",
        "Send e-mails and webhooks about alerts, and escalate those nobody acknowledges, until told to stop.",
    ),
    Offer(
        "feed", "feed:feed",
        "Feed files to a source topic; or, with --complete, say that every feed of every force is complete.",
    ),
    Offer(
        "backtest", "backtest:backtest",
        "Judge files of records without Kafka, and write the final state of every alert, by alert_id.",
    ),
    Offer("alerts", "alert_actions:alerts", "What the machine says, and what people do about it."),
    Offer(
        "trace", "trace:trace_reference",
        "Show which systems hold a reference, everything linked to it, and the alerts about it.",
    ),
    Offer(
        "report", "report:report",
        "Report on a period: what was reported, recorded, late, unrecorded, decided and disposed of in it.",
    ),
    Offer(
        "audit-sample", "audit_sample:audit_sample",
        "List the referrals that are selected for the registrar's audit and not audited yet, vulnerable people first.",
    ),
    Offer("audit-log", "audit_log:audit_log", "Who saw and did what, and whether the log of it is whole."),
    Offer(
        "erase", "erase:erase",
        "Take a record and all that was made of it out of alerts, cases, state and board; source topics keep theirs.",
    ),
    Offer("dead-letters", "dead_letters:dead_letters", "Messages that could not be read."),
    Offer(
        "log-level", "log_level:log_level",
        "Show or change how much workers, board and notifier say, without starting them anew.",
    ),
    Offer("topics", "topics:topics", "The topics on the broker."),
    Offer("schemas", "schemas:schemas", "The Avro schemas."),
    Offer("policy", "policy:policy", "Policy files."),
    Offer(
        "doctor", "doctor:doctor",
        "Look at everything this installation needs, and at what differs between its parts.",
    ),
)  # fmt: skip


class Unloaded(TyperCommand):
    """Stands for a command until it is run: only then is its module imported."""

    def __init__(self, offer: Offer) -> None:
        super().__init__(name=offer.name, help=offer.line, hidden=offer.hidden)
        self._offer = offer

    def loaded(self) -> TyperCommand | TyperGroup:
        """The command itself."""
        module, _, attribute = self._offer.place.partition(":")
        found = getattr(import_module(f"deploy.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            command: Any = get_group(found)
        else:
            alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            alone.command(self._offer.name)(found)
            command = get_command(alone)
        command.name = self._offer.name
        return command  # type: ignore[no-any-return]

    def make_context(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - typer's own, handed on as it is
        """Read the arguments as the command itself does; the context is its, so that it is what is run."""
        from agents.observability.command_logs import log_for_commands  # noqa: PLC0415 - not for the help

        log_for_commands(debug=DEBUGGING.get())
        return self.loaded().make_context(*arguments, **options)


class Offering(TyperGroup):
    """A group whose commands are those offered."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - typer's own, handed on as they are
        super().__init__(**attributes)
        for offer in OFFERS:
            self.add_command(Unloaded(offer))
