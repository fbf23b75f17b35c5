"""How much a sweep reads."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepLimits:
    """Caps of one sweep. What is over a cap is listed as not scanned."""

    text_bytes: int = 64 * MIB  # one text file; about ten seconds of matching
    binary_bytes: int = 8 * 1024 * MIB  # one binary file; hashing runs at disk speed
    container_bytes: int = 64 * MIB  # one archive, mail, JSON or HTML file, read whole
    file_s: float = 60.0  # one file
    total_s: float = 1800.0  # the whole sweep
    window_bytes: int = 256 * KIB  # text is matched in windows of this size …
    overlap_bytes: int = 8 * KIB  # … that overlap, so that no passage is cut at an edge
    files: int = 1_000_000
