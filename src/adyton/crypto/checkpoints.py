"""Checkpoints: the three lines (origin, size, root) that a log signs and witnesses cosign."""

from collections.abc import Sequence

from adyton.crypto.lines import Checkpoint, parse_checkpoint, parse_size
from adyton.crypto.notes import Note, VerifierKey, open_note
from adyton.terms.errors import Tampered

__all__ = ["Checkpoint", "log_keys", "open_checkpoint", "parse_checkpoint", "parse_size"]


def log_keys(log: VerifierKey, others: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    """All keys of the log among those that somebody trusts: `log`, and those under its name."""
    return (log, *(key for key in others if key.name == log.name and key != log))


def open_checkpoint(
    data: bytes, *, log: VerifierKey, witnesses: Sequence[VerifierKey] = ()
) -> tuple[Checkpoint, Note]:
    """A checkpoint signed by `log`, and its note. Raises Malformed or Tampered.

    The key's name must be the origin: else one log's key could speak for another. `witnesses` are
    the other keys that are trusted: those that bear the log's own name are further keys of the
    log, and each of them must have signed as well, so that nobody gets past the stronger key by
    leaving its line out. Which witnesses signed stands in `Note.signers`; whether they suffice is
    the caller's question.
    """
    note = open_note(data, (log, *witnesses))
    checkpoint = parse_checkpoint(note.text)
    if log not in note.signers:
        raise Tampered("a checkpoint is not signed by its log")
    if checkpoint.origin != log.name:
        raise Tampered("a checkpoint is of another log")
    if any(key not in note.signers for key in log_keys(log, witnesses)):
        raise Tampered("a checkpoint lacks the signature of a further key of its log")
    return checkpoint, note
