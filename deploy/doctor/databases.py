"""What the doctor checks of the board's read model and the notifier's outbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from agents.notifier import outbox
from agents.settings.clock import wall_clock
from dashboards.board.domain.settings import BoardSettings
from dashboards.board.readmodel import untrusted_proxies
from dashboards.board.readmodel import versions as read_model
from deploy.doctor.diagnosis import Diagnosis, wrong
from streams.policy.calendar import DAY

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_UNTRUSTED_PROXY: Final = (
    "people sign in to the board through a proxy that it does not trust (X-Forwarded-For): all of them count as one "
    "address when sign-ins fail: set CDI_BOARD_PROXIES to the proxy's address"
)


def databases(settings: Settings) -> Iterator[Diagnosis]:
    """Check the versions of the board's read model and of the notifier's outbox."""
    try:
        board_settings = BoardSettings()
        if "data" not in board_settings.model_fields_set:
            board_settings = board_settings.model_copy(update={"data": settings.data})
        version = read_model.version_of(board_settings.database_url)
        noted_at = untrusted_proxies.last_noted(board_settings.database_url) if version == read_model.VERSION else None
    except ValidationError as refusal:
        place = "_".join(str(part).upper() for part in refusal.errors()[0]["loc"])
        yield wrong(f"CDI_BOARD_{place} cannot be used", "mend it: no board starts with it")
    except SQLAlchemyError as failure:
        yield wrong(f"the board's database does not answer ({type(failure).__name__})", "see CDI_BOARD_DATABASE")
    else:
        yield from _read_model(version)
        if noted_at is not None and wall_clock() - noted_at < DAY:
            yield Diagnosis("note", _UNTRUSTED_PROXY)
    file = settings.data / "notifier" / "outbox.sqlite"
    try:
        version = outbox.version_of(file)
    except SQLAlchemyError as failure:
        yield wrong(f"{file} cannot be read ({type(failure).__name__})", "restore it, or let the notifier make it anew")
        return
    if version is not None and version > outbox.VERSION:
        yield wrong(
            f"the notifier's outbox is of version {version}, this release knows {outbox.VERSION}",
            "run the release that wrote it, or a newer one; nothing is sent meanwhile, and nothing lost",
        )
    elif version is not None:
        yield Diagnosis("ok", _database("the notifier's outbox", version, outbox.VERSION, "migrated"))


def _read_model(version: int | None) -> Iterator[Diagnosis]:
    if version is not None and version > read_model.VERSION:
        yield wrong(
            f"the board's read model is of version {version}, this release knows {read_model.VERSION}",
            "run the release that wrote it, or a newer one, or name an empty database in CDI_BOARD_DATABASE",
        )
    elif version is not None:
        yield Diagnosis("ok", _database("the board's read model", version, read_model.VERSION, "made anew from Kafka"))


def _database(name: str, version: int, ours: int, becomes: str) -> str:
    former = "" if version == ours else f": it is {becomes} when next opened, to version {ours}"
    return f"{name} is of version {version}{former}"
