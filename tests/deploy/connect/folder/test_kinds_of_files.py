"""A watched folder takes every kind of file that a mapping reads."""

from __future__ import annotations

from pathlib import Path

from tests.deploy.connect.fakes import TOPIC
from tests.deploy.connect.folder.test_folder import FIELDS, MAPPING, folder_feed, receipts, run_once
from tests.deploy.files.kinds.written_tables import KINDS, as_zip


def test_a_file_of_each_kind_is_sent_and_what_is_none_is_refused(tmp_path: Path) -> None:
    """By its content; a foreign object a line goes through the mapping, too."""
    (tmp_path / "crimes.toml").write_text(MAPPING.replace("FIELDS", FIELDS[TOPIC]))
    feed = folder_feed(tmp_path, mapping="crimes")
    files = {
        f"{kind}.{kind}": write([("Ref", "At"), (f"C-{kind}", "2026-05-01T10:00:00Z")]) for kind, write in KINDS.items()
    }
    files["workbook.csv"] = KINDS["xlsx"]([("Ref", "At"), ("C-renamed", "2026-05-01T10:00:00Z")])
    files["night.zip"] = as_zip(
        {f"{name}.csv": f"Ref,At\nC-{name},{name}\n".encode() for name in ("2026-05-01", "soon")}
    )
    files["page.csv"] = b"<!DOCTYPE html><html>Please sign in</html>"
    for name, content in files.items():
        (tmp_path / "drop" / name).write_bytes(content)
    sent = run_once(tmp_path, feed)
    assert {getattr(record, "crime_ref", None) for record in sent.snapshots} == {
        *(f"C-{kind}" for kind in KINDS), "C-renamed",
    }  # fmt: skip
    assert {receipt["file"]: receipt["refused"][:12] for receipt in receipts(tmp_path, "refused")} == {
        "page.csv": "an HTML page", "night.zip": "none of its ",
    }  # fmt: skip
    assert len(receipts(tmp_path)) == len(files) - 2
