"""The priors and weights of evidence, read from `weights.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Priors in ppm by pathway, weights in 1000·log10 by pathway and name of evidence."""

    priors_ppm: Mapping[str, int]
    unknown_floor_ppm: int
    evidence_milli: Mapping[str, Mapping[str, int]]


@cache
def packaged_weights() -> Weights:
    """The weights that come with the package."""
    path = resources.files("adyton.incident.pathways").joinpath("weights.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    tables = {name: part for name, part in table.items() if isinstance(part, dict)}
    return Weights(
        priors_ppm=tables.pop("priors"),
        unknown_floor_ppm=table["unknown_floor_ppm"],
        evidence_milli=tables,
    )
