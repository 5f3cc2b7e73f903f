from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import Codec
from schemas.products import AuditDetail, AuditEntry, ChainHead
from streams.topology.audit_chain import ANCHOR, ChainFault, ChainVerification, entry_hash, following, head_of

AT = 1_700_000_000_000


def chain(length: int, writer: str = "board@one") -> list[AuditEntry]:
    """Make a writer's entries."""
    entries: list[AuditEntry] = []
    head: ChainHead | None = None
    for step in range(length):
        entry = following(
            head,
            writer=writer,
            entry_id=f"{writer}-{step}",
            at=AT + step,
            actor="asmith",
            role="SUPERVISOR",
            action="VIEW",
            target=f"alert-{step}",
            recipient="bjones" if step % 2 else None,
            details=(AuditDetail(name="force", value="LEICS"),),
        )
        entries.append(entry)
        head = head_of(entry)
    return entries


def anchor(*heads: ChainHead, writer: str = "notifier@one") -> AuditEntry:
    """Make another writer's entry that names these heads."""
    return following(
        None, writer=writer, entry_id="anchor", at=AT, actor=writer, role="SYSTEM", action=ANCHOR, heads=heads
    )


def faults(*entries: AuditEntry) -> list[tuple[str, str, int]]:
    """Verify a log of these entries, and say what kinds of fault are found where."""
    return [(fault.kind, fault.writer, fault.number) for fault in all_faults(*entries)]


def all_faults(*entries: AuditEntry) -> list[ChainFault]:
    """Verify a log of these entries."""
    verification = ChainVerification()
    faults_found = [
        fault for offset, entry in enumerate(entries) for fault in verification.check(entry, f"log/0/{offset}")
    ]
    return [*faults_found, *verification.finish()]


def test_a_log_as_it_was_written_has_no_fault() -> None:
    """Two writers, mixed, one anchoring the other."""
    mine, yours = chain(3), chain(2, "cli@one")
    assert faults(mine[0], yours[0], mine[1], anchor(head_of(mine[1]), head_of(yours[0])), yours[1], mine[2]) == []


CHANGES: dict[str, Any] = {
    "entry_id": "other",
    "at": AT + 99,
    "actor": "mallory",
    "role": "FCR",
    "action": "EXPORT",
    "target": None,
    "recipient": "mallory",
    "details": (),
    "heads": (ChainHead(writer="x", number=1, hash="00"),),
    "previous_hash": "00",
    "hash": "00",
}


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_change_of_any_field_is_found_at_its_entry(name: str) -> None:
    """Whatever is altered, the entry's hash no longer fits."""
    entries = chain(3)
    entries[1] = msgspec.structs.replace(entries[1], **{name: CHANGES[name]})
    assert ("CHANGED", "board@one", 2) in faults(*entries)


def test_a_change_with_its_hash_made_anew_is_found_at_the_next_entry() -> None:
    """The next one still holds the old hash."""
    entries = chain(3)
    changed = msgspec.structs.replace(entries[1], actor="mallory", hash="")
    entries[1] = msgspec.structs.replace(changed, hash=entry_hash(changed))
    assert faults(*entries) == [("BROKEN", "board@one", 3)]


@pytest.mark.parametrize(("without", "first_missing"), [([0], 1), ([1], 2), ([1, 2], 2)])
def test_an_entry_taken_out_leaves_a_gap(without: list[int], first_missing: int) -> None:
    """From the beginning or the middle; the fault names the first that is missing."""
    remaining = [entry for step, entry in enumerate(chain(4)) if step not in without]
    assert faults(*remaining) == [("GAP", "board@one", first_missing)]


def test_two_entries_under_one_number_are_a_fork() -> None:
    """Whoever wrote with another's name, or twice at once, is found where the chains part."""
    entries = chain(3)
    forged = msgspec.structs.replace(entries[1], actor="mallory", hash="")
    forged = msgspec.structs.replace(forged, hash=entry_hash(forged))
    assert faults(*entries, forged) == [("FORK", "board@one", 2)]


def test_an_end_cut_off_is_found_by_an_anchor() -> None:
    """The anchor names an entry that is no longer there; so it does for a writer that is gone altogether."""
    entries = chain(3)
    assert faults(*entries[:2], anchor(head_of(entries[2]))) == [("TRUNCATED", "board@one", 3)]
    assert faults(anchor(head_of(entries[2]))) == [("TRUNCATED", "board@one", 3)]


def test_a_tail_written_anew_is_found_by_an_anchor() -> None:
    """A chain can be consistent in itself and still not the one that was anchored."""
    entries = chain(2)
    changed = msgspec.structs.replace(entries[1], actor="mallory", hash="")
    anew = msgspec.structs.replace(changed, hash=entry_hash(changed))
    assert faults(entries[0], anew, anchor(head_of(entries[1]))) == [("REWRITTEN", "board@one", 2)]


def test_a_head_kept_elsewhere_is_an_anchor_too() -> None:
    """What somebody wrote down last month holds the log to it."""
    verification = ChainVerification()
    for entry in chain(1):
        assert list(verification.check(entry, "log/0/0")) == []
    verification.expect(head_of(chain(2)[1]), "heads.jsonl")
    assert [(fault.kind, fault.place) for fault in verification.finish()] == [("TRUNCATED", "heads.jsonl")]


def test_an_entry_that_came_twice_is_no_fault() -> None:
    """A producer that did not hear the broker's answer sends again; it is counted."""
    verification = ChainVerification()
    entries = chain(2)
    fault_lists = [list(verification.check(entry, "log")) for entry in (entries[0], entries[0], entries[1], entries[1])]
    assert (fault_lists, verification.repeated, verification.heads) == ([[], [], [], []], 2, (head_of(entries[1]),))


@given(st.integers(2, 8), st.data())
def test_no_rearrangement_or_loss_goes_unnoticed(length: int, data: st.DataObject) -> None:
    """With the head anchored, any other sequence of the same entries has a fault."""
    entries = chain(length)
    remaining = data.draw(st.lists(st.sampled_from(entries), unique_by=lambda entry: entry.number))
    fault_lists = faults(*remaining, anchor(head_of(entries[-1])))
    assert (fault_lists == []) == (remaining == entries)


def test_a_hash_survives_the_wire() -> None:
    """What was written is what is verified after Avro."""
    codec = Codec()
    entry = chain(2)[1]
    assert entry_hash(codec.decode_as(AuditEntry, codec.encode(entry))) == entry.hash


def test_a_fault_reads_as_a_line() -> None:
    """Writer, number, place, kind and sentence."""
    fault = ChainFault("GAP", "board@one", 2, "log/0/7", "2 missing before 3")
    assert str(fault) == "board@one 2 (log/0/7): GAP: 2 missing before 3"


def test_a_hash_is_for_ever() -> None:
    """A field added to the entry later must not change what was written before."""
    assert chain(1)[0].hash == "d80c2b2649317d2ff61dc2926f826bc47478a38aef084c1f3e6d8c9a2d9a018e"
