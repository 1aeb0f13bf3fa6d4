"""Reads Prometheus' text format."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from app.observe.prometheus import Metrics


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels."""
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {
        (sample.name.removeprefix("citecast_"), *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
        if not sample.name.endswith("_created")
    }
