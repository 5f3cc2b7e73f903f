"""``cdi review-model``: train a model on what people judged, and score what waits."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
import typer

from agents.topics.audit_log import AuditLog
from agents.topics.feeds import FeedProducer
from deploy.cli.framework.arguments import MappingsOption, output_file
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.monitors import Files, FilesOption, PolicyOption, UntilOption, read_monitors
from deploy.cli.framework.output import tell
from schemas.quantities import counted
from schemas.rows import write_json
from streams.reviews.model.lessons import lessons
from streams.reviews.model.review_model import FORMAT, ReviewModel, scores, train

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from schemas.records import Score

review_model = typer.Typer(no_args_is_help=True)

Force: TypeAlias = Annotated[str | None, typer.Option(help="of this force; needed where there are several")]


@review_model.command("train")
def train_(
    more: Files = None,
    *,
    out: Annotated[Path, typer.Option(help="where the model is written, as JSON to read")],
    force: Force = None,
    files: FilesOption = None,
    policy: PolicyOption = None,
    until: UntilOption = None,
    mapping: MappingsOption = None,
) -> None:
    """Train a model on what people said of the reports they read, and on what became of the others."""
    paths = [*(files or ()), *(more or ())]
    output_file(out, paths)
    monitors = read_monitors(paths, force, policy, until, mapping).monitors
    if len(monitors) != 1:
        raise UsageError(f"--force: one of {', '.join(monitors)}; a model is of one force")
    (context,) = (monitor.context for monitor in monitors.values())
    model = train(lessons(context), context.force, context.clock)
    if model is None:
        raise CommandError("nothing to learn from yet: nobody assessed a report, or all reports are too young")
    out.write_bytes(msgspec.json.format(msgspec.json.encode(model)) + b"\n")
    tell(
        f"{out}: {model.force}, learnt from {counted(model.read, 'report')} that people read and "
        f"{counted(model.unread, 'state')} of reports that nobody read"
    )


@review_model.command("score")
def score(
    model_file: Annotated[Path, typer.Argument(metavar="MODEL", help="what 'cdi review-model train' wrote")],
    more: Files = None,
    *,
    out: Annotated[Path | None, typer.Option(help="write the scores here (jsonl) instead of sending them")] = None,
    by: Annotated[str | None, typer.Option(help="who has them sent; your login name without it")] = None,
    files: FilesOption = None,
    policy: PolicyOption = None,
    until: UntilOption = None,
    mapping: MappingsOption = None,
) -> None:
    """Score the reports that wait, and send the scores to their topic.

    Of a report of which the model says what it said last, there is none.
    They move a report in the review queue as far as the policy's score_weight and score_cap let them, and no alert.
    With --files they go to --out, for 'cdi feed compliance.scores.v1'.
    """
    paths = [*(files or ()), *(more or ())]
    if out is None and paths:
        raise UsageError("--files needs --out: an installation has a topic for scores")
    if out is not None:
        output_file(out, [*paths, model_file])
    model = _read_model(model_file)
    read = read_monitors(paths, model.force, policy, until, mapping)
    given = list(scores(read.monitors[model.force].context, model))
    if out is not None:
        out.write_bytes(b"".join(write_json(score) + b"\n" for score in given))
    elif read.settings is not None and given:
        _send(read.settings, given, by or getpass.getuser())
    tell(f"{model.force}: {counted(len(given), 'score')} by the model of {model.version}")
    if not read.book.reviews.score_weight:
        tell("The policy ignores scores: reviews.score_weight is 0")


def _read_model(path: Path) -> ReviewModel:
    try:
        model = msgspec.json.decode(path.read_bytes(), type=ReviewModel)
    except OSError as failure:
        raise UsageError(f"{path}: {failure.strerror or failure}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UsageError(f"{path}: not a model that 'cdi review-model train' wrote") from None
    if model.format != FORMAT:
        raise UsageError(
            f"{path}: a model of format {model.format}; this release reads format {FORMAT}: train it again"
        )
    return model


def _send(settings: Settings, given: list[Score], who: str) -> None:
    """Note in the audit log that a model's scores are sent, and send them."""
    first = given[0]
    with AuditLog(settings, "cli") as log:
        log.note(who, "SYSTEM", "SCORE", first.model, {"force": first.force, "scores": str(len(given))})
    producer = FeedProducer(settings)
    for score in given:
        producer.send(score)
    producer.flush()
