"""A mapping of which a row is an incident and, where it has one, its crime."""

from __future__ import annotations

MAPPING = """topic = "storm.incidents.v1"

[fields]
event_id = { digest = [] }
force = { constant = "LEICS" }
source = { constant = "OCC" }
event_time = { column = "Saved", time = "iso", zone = "UTC" }
revision = { row_number = true }
incident_ref = "Ref"
reported_at = { column = "Saved", time = "iso", zone = "UTC" }
channel = { constant = "PHONE" }
reporter = { constant = "VICTIM" }
opening_code = "Code"
status = { constant = "OPEN" }
crime_refs = "Crime"

[[record]]

[[record]]
topic = "cis.crimes.v1"
skip = [{ column = "Crime", blank = true }]
[record.fields]
crime_ref = "Crime"
recorded_at = { column = "Saved", time = "iso", zone = "UTC" }
offence_code = { constant = "039" }
offence_class = { constant = "THEFT" }
status = { constant = "RECORDED" }
"""
TABLE = """Ref,Saved,Code,Crime
O-1,2026-06-01 09:00,THEFT,C-1
O-2,2026-06-01 10:00,NOISE,
O-3,2026-06-01 11:00,THEFT,C-3
"""
