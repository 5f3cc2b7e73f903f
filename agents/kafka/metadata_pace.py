"""How often an aiokafka client asks who leads partitions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aiokafka.client import AIOKafkaClient

_ASK_EVERY_SECONDS: Final = 0.1


def pace_metadata(client: AIOKafkaClient) -> None:
    """Have a client wait a little before it asks again who leads partitions.

    While nobody leads one it would ask again at once, thousands of times a second.
    """
    ask, asked_at = client._metadata_update, float("-inf")  # noqa: SLF001 - it has no setting for that

    async def ask_in_time(*arguments: object) -> bool:
        nonlocal asked_at
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, asked_at + _ASK_EVERY_SECONDS - clock()))
        asked_at = clock()
        answered: bool = await ask(*arguments)
        return answered

    client._metadata_update = ask_in_time  # noqa: SLF001
