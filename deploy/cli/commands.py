"""The commands of ``cdi``, in the order in which ``cdi --help`` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class LazyCommand(NamedTuple):
    """A command, or a group of commands, that is imported when it is run."""

    path: str
    """``module:attribute``, the module below this package."""
    summary: str
    """The first line of its help; its docstring holds the rest."""
    hidden: bool = False
    """Whether ``cdi --help`` leaves it out, because no person runs it."""


COMMANDS: Final[Mapping[str, LazyCommand]] = {
    "demo": LazyCommand(
        "demo:demo",
        "Play HMIC's inspection of Leicestershire, or stories of 2026: a real Kafka, workers, alerts, and a table.",
    ),
    "up": LazyCommand(
        "up:up", "Run Kafka, workers, board, notifier and feeds on this machine until Ctrl-C; the data is kept."
    ),
    "worker": LazyCommand("worker:worker", "Run one worker until it is told to stop (SIGTERM or Ctrl-C)."),
    "board": LazyCommand("board:board", "Run the live board until it is told to stop (SIGTERM or Ctrl-C)."),
    "board-user": LazyCommand(
        "board:board_user",
        "Make a user of the board, or replace one, and print a password that signs in once; or remove one.",
    ),
    "board-comparison": LazyCommand(
        "board_comparison:board_comparison", "Make one comparison of policies that the board has queued.", hidden=True
    ),
    "board-audit": LazyCommand(
        "board_audit:board_audit", "Answer one request about audits that the board has queued.", hidden=True
    ),
    "notifier": LazyCommand(
        "notifier:notifier", "Send e-mails and webhooks about alerts, and escalate those nobody acknowledges."
    ),
    "feed": LazyCommand("feed:feed", "Feed files to a source topic; with --complete, say that feeds are complete."),
    "connect": LazyCommand(
        "connect:connect", "Run a feed of feeds.toml, such as a watched folder, until it is told to stop; or list them."
    ),
    "push-tokens": LazyCommand(
        "push_tokens:push_tokens", "Make, list and end the tokens by which another system may push to a feed."
    ),
    "backtest": LazyCommand(
        "backtest:backtest", "Judge files of records without Kafka, and write the final state of every alert."
    ),
    "profile": LazyCommand(
        "profile:profile",
        "Say how often each field of each feed is stated, and the policy of lacking fields to begin with.",
    ),
    "alerts": LazyCommand("alert_links:alerts", "List and show alerts, and act on them."),
    "reviews": LazyCommand(
        "reviews:reviews", "List the reports that somebody should read next, the likeliest to hide a crime first."
    ),
    "review-model": LazyCommand(
        "review_model:review_model",
        "Train a model on what people judged, and have it score the reports that somebody should read.",
    ),
    "assess": LazyCommand("assess:assess", "Say how many crimes a report discloses, or take back what you said."),
    "trace": LazyCommand(
        "trace:trace_reference", "Show which systems hold a reference, what is linked to it, and the alerts about it."
    ),
    "offences": LazyCommand(
        "offences:offences",
        "Say what the Home Office's lists have under a code: offence, Act, class of ours, and dates.",
    ),
    "report": LazyCommand(
        "report:report", "Report on a period: reports of crime, what was recorded, late or missed, and disposals."
    ),
    "audit-sample": LazyCommand(
        "audit_sample:audit_sample", "List the referrals that wait for the registrar's audit, vulnerable people first."
    ),
    "audit": LazyCommand(
        "audit:audit", "Audit a sample of records: plan and draw it, take its readings back, and estimate from them."
    ),
    "audit-log": LazyCommand("audit_log:audit_log", "Check and anchor the log of who saw and did what."),
    "erase": LazyCommand(
        "erase:erase", "Erase a record from alerts, cases, state and board; the source topics keep theirs."
    ),
    "dead-letters": LazyCommand(
        "dead_letters:dead_letters", "List, show, retry and delete messages that cannot be read."
    ),
    "log-level": LazyCommand("log_level:log_level", "Show or change the log level of workers, board and notifier."),
    "topics": LazyCommand("topics:topics", "Create and check the topics on the broker, and the rights to them."),
    "schemas": LazyCommand("schemas:schemas", "Check the Avro schemas, and register them."),
    "policy": LazyCommand("policy:policy", "Check policy files."),
    "doctor": LazyCommand("doctor:doctor", "Check everything that this installation needs, and say what to do."),
}
