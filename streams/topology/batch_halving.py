"""Apply a batch of messages so that one which cannot be stored keeps no other from being applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from streams.topology.messages import TopicMessage


def apply_in_halves(
    batch: Sequence[TopicMessage],
    apply: Callable[[Sequence[TopicMessage]], None],
    set_aside: Callable[[TopicMessage, Exception], None],
    is_refusal: Callable[[Exception], bool],
) -> None:
    """Apply messages in their order; where that fails, halve them until the one at fault is alone.

    That one is set aside.  ``apply`` must apply all that it is given or nothing.  ``is_refusal`` returns whether a
    failure is due to the messages; any other is raised, and what was applied until then stays applied.
    """
    try:
        apply(batch)
    except Exception as failure:
        if not is_refusal(failure):
            raise
        if len(batch) == 1:
            set_aside(batch[0], failure)
            return
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            apply_in_halves(half, apply, set_aside, is_refusal)
