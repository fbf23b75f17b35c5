"""Our own vectors: promises and receipts' notes, good and bad (docs/formats/promise.md).

    python tests/vectors/generate_promises.py            writes them
    python tests/vectors/generate_promises.py --check    writes nothing; exit 1 where one differs

`<kind>/<verdict>/<what it is>`: a verifier accepts it, or refuses its form (malformed), or refuses
what it says (tampered). `<kind>/vkeys` holds the log's key. All keys come from fixed seeds.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from adyton.crypto.notes import COSIGNATURE, Note, Signer
from adyton.ledger.promise import PromiseNote, ReceiptNote, to_header

HERE = Path(__file__).resolve().parent
LOG = Signer(name="log.invalid/alice", seed=b"a" * 32)
OTHER = Signer(name="log.invalid/bob", seed=b"b" * 32)
WITNESS = Signer(name="witness.invalid/w", seed=b"w" * 32, algorithm=COSIGNATURE)
RECEIPT = "rct_" + "abcdefghijklmnopqrstuvwx23"
AT_S = 1_800_000_000
Made = Iterator[tuple[str, bytes]]


def signed(text: str, *signers: Signer) -> bytes:
    """A text as a note."""
    return Note(text=text, signatures=tuple(one.sign(text) for one in signers)).to_bytes()


def promise(**other: object) -> str:
    """The text of a promise, with one thing otherwise."""
    said = {
        "origin": LOG.key.name,
        "receipt": RECEIPT,
        "leaf": bytes(range(32)),
        "recorded_at_s": AT_S,
        "due_at_s": AT_S + 60,
        **other,
    }
    return PromiseNote(**said).to_text()  # type: ignore[arg-type] # the table above is of its types


def receipt(**other: object) -> str:
    """The text of a receipt's note, with one thing otherwise."""
    said = {
        "origin": LOG.key.name,
        "receipt": RECEIPT,
        "kept": True,
        "said_at_s": AT_S,
        **other,
    }
    return ReceiptNote(**said).to_text()  # type: ignore[arg-type] # as above


def promises() -> Made:
    """Promises."""
    text, good = promise(), signed(promise(), LOG)
    yield "accepted/note", good
    yield "accepted/header", to_header(good).encode()
    yield "accepted/header_with_a_newline", to_header(good).encode() + b"\n"
    yield "accepted/due_at_once", signed(promise(due_at_s=AT_S), LOG)
    yield "malformed/empty", b""
    yield "malformed/cut", good[:-1]
    yield "malformed/header_cut", to_header(good).encode()[:-3]
    yield "malformed/header_padded", to_header(good).encode() + b"="
    yield "malformed/header_in_the_other_alphabet", to_header(good).encode()[:-5] + b"+/+/A"
    yield "malformed/two_signatures", signed(text, LOG, OTHER)
    yield "malformed/signature_doubled", signed(text, LOG, LOG)
    yield "malformed/line_too_many", signed(f"{text}index 7\n", LOG)
    yield "malformed/no_due", signed(text.partition("due ")[0], LOG)
    yield (
        "malformed/other_order",
        signed(text.replace("recorded", "x").replace("due", "recorded").replace("x", "due"), LOG),
    )
    yield "malformed/another_version", signed(text.replace("/v1", "/v2"), LOG)
    yield "malformed/a_receipts_note", signed(receipt(), LOG)
    yield "malformed/leaf_of_31_bytes", signed(promise(leaf=bytes(31)), LOG)
    yield "malformed/leaf_of_33_bytes", signed(promise(leaf=bytes(33)), LOG)
    yield "malformed/due_before_recorded", signed(promise(due_at_s=AT_S - 1), LOG)
    yield "malformed/time_with_a_zero_before", signed(text.replace("due 1", "due 01"), LOG)
    yield "malformed/time_below_zero", signed(promise(recorded_at_s=-1), LOG)
    yield "malformed/time_beyond_all_calendars", signed(promise(due_at_s=10**12), LOG)
    yield "malformed/receipt_of_another_form", signed(promise(receipt="7"), LOG)
    yield "malformed/two_spaces", signed(text.replace("due ", "due  "), LOG)
    yield "tampered/signed_by_a_stranger", signed(text, OTHER)
    yield "tampered/of_another_log", signed(promise(origin=OTHER.key.name), LOG)
    yield "tampered/due_changed", good.replace(b"due 18", b"due 19")
    yield "tampered/leaf_changed", good.replace(b"AAEC", b"AAED")
    yield (
        "tampered/cosigned_only",
        Note(text=text, signatures=(WITNESS.cosign(text, time_s=AT_S),)).to_bytes(),
    )


def receipts() -> Made:
    """What the log says of a receipt."""
    text, good = receipt(), signed(receipt(), LOG)
    yield "accepted/kept", good
    yield "accepted/not_kept", signed(receipt(kept=False), LOG)
    yield "malformed/kept_maybe", signed(text.replace("kept yes", "kept maybe"), LOG)
    yield "malformed/a_promise", signed(promise(), LOG)
    yield "malformed/with_a_size", signed(f"{text}size 9\n", LOG)
    yield "malformed/two_signatures", signed(text, LOG, OTHER)
    yield "tampered/signed_by_a_stranger", signed(text, OTHER)
    yield "tampered/yes_for_no", signed(receipt(kept=False), LOG).replace(b"kept no", b"kept yes")
    yield "tampered/of_another_log", signed(receipt(origin=OTHER.key.name), LOG)


def main(words: list[str]) -> int:
    """Write the vectors, or with --check compare them; the exit code."""
    made = {HERE / kind / "vkeys": f"{LOG.key}\n".encode() for kind in ("promises", "receipts")}
    for kind, vectors in (("promises", promises()), ("receipts", receipts())):
        made.update((HERE / kind / name, data) for name, data in vectors)
    standing = {
        path: path.read_bytes()
        for kind in ("promises", "receipts")
        for path in (HERE / kind).rglob("*")
        if path.is_file()
    }
    differing = sorted(path for path in {*made, *standing} if made.get(path) != standing.get(path))
    if words == ["--check"]:
        for path in differing:
            sys.stderr.write(f"differs: {path.relative_to(HERE.parent.parent)}: run make vectors\n")
        return 1 if differing else 0
    for path in differing:
        if path in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made[path])
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
