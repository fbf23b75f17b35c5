"""The gateway's limits: one frozen value, units in the names."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request, one answer, one person and one window may use at most.

    `tail_chars` is held back behind every block, so that whatever the output guard can recognise
    within that length is seen whole before its first character leaves. `undescribed_bytes` is
    what a crash may leave released and unrecorded (I1); 0 records every block first.
    """

    body_bytes: int = 1 << 20
    body_wait_s: float = 30.0
    messages: int = 512
    stop_texts: int = 8
    answer_tokens: int = 1024  # asked of the model where the caller names no lower number
    answer_bytes: int = 1 << 20
    frame_bytes: int = 1 << 18  # one server-sent event of the upstream
    block_bytes: int = 2048
    block_s: float = 0.25
    tail_chars: int = 128  # > k + w - 1 = 39 normalised characters of the winnowed prints
    context_chars: int = 4096  # released text that the guard reads again with each block
    undescribed_bytes: int = 2048
    quoted_chars: int = 200  # protected characters in one answer that end it
    quoted_floor_chars: int = 80  # below this the share does not count
    quoted_ppm: int = 500_000  # share of the answer that is protected, parts per million
    requests_per_day: int = 5_000  # per person
    bytes_per_day: int = 50 << 20  # per person: answer text
    refusal_window_s: int = 60
    refusals_each: int = 30  # of one credential in one window that get a fact of their own
    refusals_own: int = 300  # of all credentials in one window that get one
    refusal_windows: int = 4  # kept apart while they wait to be recorded
    refusal_sources: int = 256  # unauthenticated sources, and credentials, told apart in one window
