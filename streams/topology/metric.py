"""What a metric is, and the metrics that every process has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name without ``_total``, its kind, its meaning and its labels."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def series(self) -> tuple[str, ...]:
        """The names under which Prometheus stores it."""
        if self.kind == "counter":
            return (f"{self.name}_total",)
        if self.kind == "histogram":
            return (f"{self.name}_bucket", f"{self.name}_count", f"{self.name}_sum")
        return (self.name,)


BUILD: Final = Metric(
    "cdi_build_info",
    "gauge",
    "Always 1; the labels say which process this is, and what it was built from.",
    ("component", "version", "python"),
)
POLICY: Final = Metric(
    "cdi_policy_info", "gauge", "Always 1; the label says which policy the process goes by.", ("version",)
)
