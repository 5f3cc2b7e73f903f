"""An alert as a matter keeps it."""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.products import Alert, Fact

_FACTS: Final = msgspec.msgpack.Decoder(tuple[Fact, ...])


class StoredAlert(msgspec.Struct, frozen=True, gc=False):
    """An alert as last published, with its facts packed: they are most of its size and seldom read again."""

    alert: Alert
    packed: bytes

    @classmethod
    def of(cls, alert: Alert) -> StoredAlert:
        """Pack an alert."""
        return cls(msgspec.structs.replace(alert, facts=()), msgspec.msgpack.encode(alert.facts))

    def facts(self) -> tuple[Fact, ...]:
        """Return the facts that were published with it."""
        return _FACTS.decode(self.packed)
