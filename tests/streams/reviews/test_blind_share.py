"""The blind share is chosen by a digest of the reference, and by nothing else."""

from __future__ import annotations

from hashlib import sha256

from streams.reviews.blind_share import digest_of, is_blind


def test_a_report_is_blind_by_the_first_eight_bytes_of_its_digest() -> None:
    """Big-endian, modulo 100, below the policy's share; 0 takes none and 100 all."""
    digest = digest_of("LEICS", "STORM", "I-1")
    assert digest == sha256(b"LEICS/STORM/I-1").digest()
    place = int.from_bytes(digest[:8], "big") % 100
    assert not is_blind(digest, place)
    assert is_blind(digest, place + 1)
    assert not is_blind(digest, 0)
    assert is_blind(digest, 100)


def test_about_five_in_a_hundred_are_blind() -> None:
    """Over many references the share is the policy's."""
    chosen = sum(is_blind(digest_of("LEICS", "STORM", f"I-{number}"), 5) for number in range(10_000))
    assert 430 <= chosen <= 570
