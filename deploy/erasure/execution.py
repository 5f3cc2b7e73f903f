"""Carry an erasure out: request it, wait until a worker has done it, and check what is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from agents.kafka.codecs import codec_of
from agents.kafka.reader import end_offset, follow
from agents.topics.audit_log import AuditLog
from agents.topics.dead_letters import delete
from agents.topics.erasures import erasures, request_erasure
from deploy.erasure import remaining
from streams.engine import state
from streams.engine.erasure import hash_of
from streams.topology.topics import STATE_CHANGELOG, Topic

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from deploy.erasure.plan import ErasurePlan
    from deploy.erasure.remaining import RemainingMessages
    from schemas.products import DeadLetter


class NotCarriedOutError(Exception):
    """No worker carried the erasure out in time; the first that runs does it."""


class ErasureResult(NamedTuple):
    """What an erasure removed and what it left."""

    erased_at: int
    """When it took effect (ms)."""
    dead_letters: int
    """How many were deleted."""
    doubtful: list[DeadLetter]
    """Dead letters that cannot be read and have such a reference in them."""
    leftovers: dict[Topic, int]
    """How many messages the compacted topics still hold that had to go: none, unless the record was sent again."""
    sources: list[RemainingMessages]
    actions: list[RemainingMessages]


def carry_out(
    settings: Settings, plan: ErasurePlan, target: str, *, reason: str, patience: float, on_request: Callable[[], None]
) -> ErasureResult:
    """Carry out an erasure, and note it in the audit log before and after.

    Call ``on_request`` once it is requested, and then wait for ``patience`` (s).  Raises NotCarriedOutError.
    """
    erasure = plan.erasure
    with AuditLog(settings, "cli") as log:
        log.note(erasure.requested_by, "FCR", "ERASE", target, _planned(plan, reason))
        start = end_offset(settings, STATE_CHANGELOG, settings.partition_of(erasure.force))
        erased_at = _request(settings, plan)
        on_request()
        if not _await(settings, plan, start, erased_at, patience):
            raise NotCarriedOutError
        dead_letters, doubtful = remaining.in_dead_letters(settings, erasure.force, plan.names)
        delete(settings, dead_letters)
        result = ErasureResult(
            erased_at,
            len(dead_letters),
            doubtful,
            remaining.leftovers(settings, plan),
            remaining.on_sources(settings, erasure.force, plan.names),
            remaining.on_actions(settings, erasure.alert_ids),
        )
        log.note(erasure.requested_by, "FCR", "ERASED", target, _removed(erasure.erasure_id, result))
    return result


def _planned(plan: ErasurePlan, reason: str) -> dict[str, str]:
    """Return what the audit log says of an erasure before it is carried out."""
    return {
        "erasure_id": plan.erasure.erasure_id,
        "reason": reason,
        "snapshots": str(plan.snapshots),
        "alerts": str(len(plan.erasure.alert_ids)),
        "cases": str(plan.published_cases),
        "suggestions": str(plan.suggestions),
    }


def _removed(erasure_id: str, result: ErasureResult) -> dict[str, str]:
    """Return what the audit log says of an erasure that was carried out."""
    return {
        "erasure_id": erasure_id,
        "dead_letters": str(result.dead_letters),
        "left_over": str(sum(result.leftovers.values())),
        "on_source_topics": str(sum(source.messages for source in result.sources)),
    }


def _request(settings: Settings, plan: ErasurePlan) -> int:
    """Write the request, and return when the broker took it (ms)."""
    codec = codec_of(settings)
    request_erasure(settings, codec, plan.erasure)
    return next(
        request.erased_at
        for request in erasures(settings, codec)
        if request.erasure.erasure_id == plan.erasure.erasure_id
    )


def _await(settings: Settings, plan: ErasurePlan, start: int, erased_at: int, patience: float) -> bool:
    """Wait until a worker has carried an erasure out; return whether it has.

    A worker notes it in its state's changelog, after everything else that it does, from the offset ``start`` on.
    """
    force = plan.erasure.force
    awaited = {state.erasure_key(force, hash_of(name)) for name in plan.names}
    for message in follow(settings, STATE_CHANGELOG, settings.partition_of(force), start, patience):
        key, value = message.key or b"", message.value
        if key in awaited and value is not None:
            entry = state.read(key, value)
            if isinstance(entry, state.SavedErasure) and entry.erased_at >= erased_at:
                awaited.discard(key)
        if not awaited:
            return True
    return False
