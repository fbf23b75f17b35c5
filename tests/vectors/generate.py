"""Our own vectors: signed notes, checkpoints, proofs, entry bundles and tiles, good and bad.

    python tests/vectors/generate.py            writes them
    python tests/vectors/generate.py --check    writes nothing; exit 1 with the files that differ

`<kind>/<verdict>/<what it is>`: a verifier accepts it, or refuses its form (malformed), or refuses
what it says (tampered). `<kind>/vkeys` holds the keys to be known, the log's first. Bundles and
tiles begin their names with the width that they should have. All keys come from fixed seeds.
"""

import base64
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from adyton.crypto.checkpoints import Checkpoint
from adyton.crypto.merkle import leaf_hash, make_inclusion_proof, root_of
from adyton.crypto.notes import COSIGNATURE, Signature, Signer

HERE = Path(__file__).resolve().parent
KINDS = ("notes", "checkpoints", "proofs", "bundles", "tiles")
ALICE = Signer(name="log.invalid/alice", seed=b"a" * 32)
BOB = Signer(name="log.invalid/bob", seed=b"b" * 32)
EVE = Signer(name="log.invalid/eve", seed=b"e" * 32)
WITNESS = Signer(name="witness.invalid/w", seed=b"w" * 32, algorithm=COSIGNATURE)
ORDER = 2**252 + 27742317777372353535851937790883648493  # of Ed25519's group
TEXT = "A log says:\nthis is what it is.\n"
Made = Iterator[tuple[str, bytes]]


def note(text: str, *lines: Signature | str) -> bytes:
    """A note out of a text and signature lines, right or wrong."""
    return f"{text}\n{''.join(map(str, lines))}".encode()


def line(name: str, material: str) -> str:
    """A signature line as somebody wrote it."""
    return f"\u2014 {name} {material}\n"


def stranger(number: int, length: int = 64) -> Signature:
    """A line of somebody whom no verifier knows."""
    return Signature(
        name=f"s{number}.invalid", key_id=number.to_bytes(4, "big"), signature=b"s" * length
    )


def with_signature(signer: Signer, signature: bytes) -> Signature:
    """A line under a signer's name and key id with whatever signature."""
    return Signature(name=signer.key.name, key_id=signer.key.key_id, signature=signature)


def material(one: Signature) -> str:
    """The base64 of a signature line."""
    return base64.b64encode(one.key_id + one.signature).decode()


def good_notes() -> Made:
    """What must be accepted."""
    alice, bob = ALICE.sign(TEXT), BOB.sign(TEXT)
    wrong = with_signature(ALICE, b"\0" * 64)
    yield "one_signature", note(TEXT, alice)
    yield "two_known_signers", note(TEXT, alice, bob)
    yield "other_order", note(TEXT, bob, alice)
    yield "stranger_before", note(TEXT, stranger(1), alice)
    yield "stranger_behind", note(TEXT, alice, stranger(1))
    yield "stranger_with_a_long_signature", note(TEXT, alice, stranger(1, 2428))
    yield "stranger_with_one_byte", note(TEXT, alice, stranger(1, 1))
    yield (
        "known_name_with_another_key_id",
        note(TEXT, alice, Signature(name=ALICE.key.name, key_id=b"none", signature=b"s" * 64)),
    )
    yield (
        "known_key_id_under_another_name",
        note(
            TEXT, alice, Signature(name="x.invalid", key_id=ALICE.key.key_id, signature=b"s" * 64)
        ),
    )
    yield "cosignature_beside", note(TEXT, alice, WITNESS.cosign(TEXT, time_s=1_800_000_000))
    yield "sixteen_signatures", note(TEXT, *map(stranger, range(15)), alice)
    yield "one_hundred_signatures", note(TEXT, *map(stranger, range(99)), alice)
    yield "known_signature_doubled", note(TEXT, alice, alice)
    yield "stranger_doubled", note(TEXT, stranger(1), alice, stranger(1))
    yield "known_signer_again_with_a_bad_signature", note(TEXT, alice, wrong)
    texts = {
        "blank_lines_in_the_text": "one\n\n\ntwo\n",
        "signature_line_in_the_text": f"one\n\n{alice}",
        "text_of_one_newline": "\n",
        "text_in_other_scripts": "πρωτόκολλο 記録 журнал\n",
        "line_separator_in_the_text": "one\u2028two\u2029three\n",
        "delete_and_c1_controls_in_the_text": "one\x7ftwo\x85three\n",
    }
    for name, text in texts.items():
        yield name, note(text, ALICE.sign(text))
    named = Signer(name="журнал.invalid/я", seed=b"n" * 32)
    yield "stranger_with_a_name_in_another_script", note(TEXT, named.sign(TEXT), alice)


def shapeless_notes() -> Made:
    """What has not the form of a note."""
    alice = ALICE.sign(TEXT)
    good, name, text = note(TEXT, alice), ALICE.key.name, material(alice)
    yield "empty", b""
    yield "text_alone", TEXT.encode()
    yield "no_signature_lines", f"{TEXT}\n".encode()
    yield "no_blank_line", good.replace(b"\n\n", b"\n")
    yield "no_newline_at_the_end", good[:-1]
    yield "newline_too_many_at_the_end", good + b"\n"
    yield "text_behind_the_signatures", good + b"more\n"
    yield "one_hundred_and_one_signatures", note(TEXT, *map(stranger, range(100)), alice)
    for what, bad in {
        "null": b"\0", "bell": b"\a", "tab": b"\t", "carriage_return": b"\r", "escape": b"\x1b",
        "vertical_tab": b"\v", "unit_separator": b"\x1f",
    }.items():  # fmt: skip
        yield f"{what}_in_the_text", good.replace(b"this", b"th" + bad + b"is")
    yield "carriage_returns_throughout", good.replace(b"\n", b"\r\n")
    yield "tab_in_a_signature_line", good.replace(name.encode() + b" ", name.encode() + b"\t")
    yield "no_utf8", good.replace(b"this", b"th\xffis")
    yield "overlong_utf8", good.replace(b"this", b"th\xc0\xafis")
    yield "surrogate_in_utf8", good.replace(b"this", b"th\xed\xa0\x80is")
    yield "hyphen_for_dash", good.replace("\u2014".encode(), b"-")
    yield "en_dash_for_dash", good.replace("\u2014".encode(), "\u2013".encode())
    yield "no_space_behind_the_dash", good.replace("\u2014 ".encode(), "\u2014".encode())
    yield "two_spaces_behind_the_dash", good.replace("\u2014 ".encode(), "\u2014  ".encode())
    yield "space_before_the_dash", good.replace("\u2014".encode(), " \u2014".encode())
    yield "no_name", note(TEXT, line("", text))
    yield "name_alone", note(TEXT, f"\u2014 {name}\n")
    yield "plus_in_a_name", note(TEXT, alice, line("al+ce", text))
    yield "no_break_space_in_a_name", note(TEXT, alice, line("al\u00a0ce", text))
    yield "em_space_in_a_name", note(TEXT, alice, line("al\u2003ce", text))
    yield "next_line_in_a_name", note(TEXT, alice, line("al\u0085ce", text))
    yield "zero_width_space_in_a_name", note(TEXT, alice, line("al\u200bce", text))
    yield "delete_in_a_name", note(TEXT, alice, line("al\x7fce", text))
    yield "space_behind_the_base64", note(TEXT, line(name, f"{text} "))
    yield "space_in_the_base64", note(TEXT, line(name, f"{text[:8]} {text[8:]}"))
    yield "url_alphabet_in_the_base64", note(TEXT, alice, line("x", "AAA-AA__AAAA"))
    yield "no_base64", note(TEXT, line(name, "*" * 92))
    yield "no_padding", note(TEXT, line(name, text.rstrip("=")))
    yield "padding_too_much", note(TEXT, line(name, text + "="))
    yield "surplus_bits_in_the_base64", note(TEXT, line(name, surplus(text)))
    yield "key_id_without_a_signature", note(TEXT, alice, line("x", "AAAAAA=="))
    yield "half_a_key_id", note(TEXT, alice, line("x", "AAA="))


def surplus(text: str) -> str:
    """The same bytes in another spelling: bits that the last character of base64 does not need."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    bare = text.rstrip("=")
    return bare[:-1] + alphabet[alphabet.index(bare[-1]) | 1] + "=" * (len(text) - len(bare))


def false_notes() -> Made:
    """What has the form of a note and is not signed as it must be."""
    alice = ALICE.sign(TEXT)
    good = note(TEXT, alice)
    yield "signed_by_a_stranger_alone", note(TEXT, EVE.sign(TEXT))
    yield "text_changed", good.replace(b"this", b"thus")
    yield "byte_order_mark_before", b"\xef\xbb\xbf" + good
    yield "space_behind_a_line_of_text", good.replace(b"says:", b"says: ")
    yield "newline_more_in_the_text", good.replace(b"says:\n", b"says:\n\n")
    yield "signed_without_the_last_newline", note(TEXT, ALICE.sign(TEXT[:-1]))
    yield (
        "text_in_another_normal_form",
        note("prote\u0301ge\u0301\n", ALICE.sign("prot\u00e9g\u00e9\n")),
    )
    yield "blank_line_between_signatures", note(TEXT, alice, "\n", BOB.sign(TEXT))
    yield "signature_of_zeros", note(TEXT, with_signature(ALICE, b"\0" * 64))
    yield "signature_of_one_byte", note(TEXT, with_signature(ALICE, b"\1"))
    yield "signature_cut", note(TEXT, with_signature(ALICE, alice.signature[:-1]))
    yield "signature_with_a_byte_more", note(TEXT, with_signature(ALICE, alice.signature + b"\0"))
    yield "signature_of_another_key", note(TEXT, with_signature(ALICE, EVE.sign(TEXT).signature))
    grown = int.from_bytes(alice.signature[32:], "little") + ORDER
    yield (
        "signature_with_the_order_added",
        note(TEXT, with_signature(ALICE, alice.signature[:32] + grown.to_bytes(32, "little"))),
    )
    bad = with_signature(BOB, b"\0" * 64)
    yield "bad_known_signature_behind_a_good_one", note(TEXT, alice, bad)
    yield "bad_known_signature_before_a_good_one", note(TEXT, bad, alice)
    yield (
        "bad_known_signature_before_its_good_one",
        note(TEXT, with_signature(ALICE, b"\0" * 64), alice),
    )
    cosigned = WITNESS.cosign(TEXT, time_s=1_800_000_000)
    later = (1_800_000_001).to_bytes(8, "big") + cosigned.signature[8:]
    yield "cosignature_at_another_time", note(TEXT, alice, with_signature(WITNESS, later))
    yield "cosignature_shorter_than_its_time", note(TEXT, alice, with_signature(WITNESS, b"\0" * 7))
    yield (
        "cosignature_without_its_time",
        note(TEXT, alice, with_signature(WITNESS, cosigned.signature[8:])),
    )


def checkpoint(text: str, *signers: Signer) -> bytes:
    """Whatever text, signed."""
    return note(text, *(one.sign(text) for one in signers or (ALICE,)))


ENTRIES = [f"entry {at}".encode() for at in range(7)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
ROOT = root_of(LEAVES)


def signed_tree(size: int = 7, origin: str = ALICE.key.name) -> str:
    """The text of a checkpoint over the first entries."""
    return Checkpoint(origin=origin, size=size, root=root_of(LEAVES[:size])).to_text()


def good_checkpoints() -> Made:
    """What must be accepted."""
    text = signed_tree()
    yield "seven_entries", checkpoint(text)
    yield "no_entries", checkpoint(signed_tree(0))
    yield "cosigned", note(text, ALICE.sign(text), WITNESS.cosign(text, time_s=1))
    largest = text.replace("\n7\n", f"\n{2**63 - 1}\n")
    yield "largest_size", checkpoint(largest)


def shapeless_checkpoints() -> Made:
    """Rightly signed, and yet no checkpoint."""
    text, root = signed_tree(), base64.b64encode(ROOT).decode()
    sizes = {
        "empty": "", "with_a_leading_zero": "07", "with_a_plus": "+7", "with_a_minus": "-7",
        "over_63_bits": str(2**63), "of_4000_digits": "7" * 4000, "in_hexadecimal": "0x7",
        "with_a_space": " 7", "with_a_fraction": "7.0", "in_other_digits": "\u0667",
        "with_an_underscore": "1_0", "as_a_word": "seven",
    }  # fmt: skip
    for what, size in sizes.items():
        yield f"size_{what}", checkpoint(text.replace("\n7\n", f"\n{size}\n"))
    roots = {
        "of_31_bytes": base64.b64encode(ROOT[:31]).decode(),
        "of_33_bytes": base64.b64encode(ROOT + b"\0").decode(),
        "empty": "", "in_hexadecimal": ROOT.hex(), "with_surplus_bits": surplus(root),
        "without_padding": root.rstrip("="), "with_a_space": root + " ",
    }  # fmt: skip
    for what, other in roots.items():
        yield f"root_{what}", checkpoint(text.replace(root, other))
    yield "no_origin", checkpoint(text.replace(ALICE.key.name, ""))
    yield "no_root", checkpoint(text.replace(f"{root}\n", ""))
    yield "origin_alone", checkpoint(f"{ALICE.key.name}\n")
    yield "blank_line_behind_the_root", checkpoint(text + "\n")


def false_checkpoints() -> Made:
    """A checkpoint, but not of this log."""
    text = signed_tree()
    yield "another_origin", checkpoint(signed_tree(origin="other.invalid/log"))
    yield "another_origin_in_case_alone", checkpoint(text.replace("alice", "Alice"))
    yield "signed_by_another_log", checkpoint(text, BOB)
    yield (
        "signed_by_another_log_under_its_own_origin",
        checkpoint(signed_tree(origin=BOB.key.name), BOB),
    )
    yield "cosigned_but_not_signed", note(text, WITNESS.cosign(text, time_s=1))
    yield "another_size", checkpoint(text).replace(b"\n7\n", b"\n6\n")
    yield (
        "another_root",
        checkpoint(text).replace(base64.b64encode(ROOT), base64.b64encode(LEAVES[0])),
    )


def proof(
    index: int | str = 2,
    *,
    size: int = 7,
    hashes: Iterable[bytes | str] | None = None,
    extra: str | None = None,
    signed: bytes | None = None,
) -> bytes:
    """A receipt with its entry, right unless something else is given."""
    at = index if isinstance(index, int) else 2
    place = min(at, size - 1) if size else 0
    if hashes is None:
        hashes = path(place, size) if size else []
    shown = base64.b64encode(ENTRIES[place]).decode() if extra is None else extra
    lines = [one if isinstance(one, str) else base64.b64encode(one).decode() for one in hashes]
    head = "\n".join(["c2sp.org/tlog-proof@v1", f"extra {shown}", f"index {index}", *lines])
    return head.encode() + b"\n\n" + (signed or checkpoint(signed_tree(size)))


def path(index: int, size: int = 7) -> list[bytes]:
    """The audit path of an entry."""
    return make_inclusion_proof(
        index, size, lambda level, at: root_of(LEAVES[at << level : (at + 1) << level])
    )


def good_proofs() -> Made:
    """What must be accepted."""
    for index in range(7):
        yield f"entry_{index}_of_7", proof(index)
    yield "the_only_entry", proof(0, size=1)


def shapeless_proofs() -> Made:
    """What has not the form of a proof."""
    good, hashes = proof(), path(2)
    yield "empty", b""
    yield "no_first_line", good.partition(b"\n")[2]
    yield "another_version", good.replace(b"@v1", b"@v2")
    yield "no_checkpoint", good.partition(b"\n\n")[0] + b"\n"
    yield "no_blank_line", good.replace(b"\n\n", b"\n")
    yield "carriage_returns", good.replace(b"\n", b"\r\n")
    yield "no_index", good.replace(b"index 2\n", b"")
    yield "index_negative", proof("-1")
    yield "index_with_a_leading_zero", proof("02")
    yield "index_over_63_bits", proof(str(2**63))
    yield "index_of_4000_digits", proof("2" * 4000)
    yield "index_as_a_word", proof("two")
    yield "index_behind_the_hashes", moved(good)
    yield "extra_behind_the_index", swapped_head(good)
    yield "two_extra_lines", good.replace(b"index", b"extra AAAA\nindex")
    yield "extra_no_base64", proof(extra="*")
    yield "hash_no_base64", proof(hashes=[*hashes[:-1], "*" * 44])
    yield (
        "hash_with_surplus_bits",
        proof(hashes=[*hashes[:-1], surplus(base64.b64encode(hashes[-1]).decode())]),
    )
    yield "sixty_four_hashes", proof(hashes=[b"h" * 32] * 64)
    yield "no_ascii", good.replace(b"index 2", "index \u0662".encode())
    yield "checkpoint_no_note", proof(signed=b"nothing\n")
    yield (
        "checkpoint_with_a_bad_size",
        proof(signed=checkpoint(signed_tree().replace("\n7\n", "\n07\n"))),
    )


def moved(good: bytes) -> bytes:
    """The index line behind the hashes."""
    head, _, rest = good.partition(b"\n\n")
    lines = head.split(b"\n")
    return b"\n".join([*lines[:2], *lines[3:], lines[2]]) + b"\n\n" + rest


def swapped_head(good: bytes) -> bytes:
    """The index line before the extra line."""
    lines = good.split(b"\n")
    return b"\n".join([lines[0], lines[2], lines[1], *lines[3:]])


def false_proofs() -> Made:
    """A proof, but not of this entry in this log."""
    hashes = path(2)
    entry = base64.b64encode(ENTRIES[2]).decode()
    yield "index_of_the_size", proof(7, extra=entry, hashes=hashes)
    yield "index_beyond_the_size", proof(1000, extra=entry, hashes=hashes)
    yield "index_of_63_bits", proof(2**63 - 1, extra=entry, hashes=hashes)
    yield "index_of_another_entry", proof(3, extra=entry, hashes=hashes)
    yield "size_0", proof(0, size=0)
    yield "entry_changed", proof(extra=base64.b64encode(b"entry 9").decode())
    yield "entry_empty", proof(extra="")
    yield "no_hashes", proof(hashes=[])
    yield "hash_missing", proof(hashes=hashes[:-1])
    yield "hash_too_many", proof(hashes=[*hashes, hashes[-1]])
    yield "hashes_in_another_order", proof(hashes=hashes[::-1])
    yield "hash_changed", proof(hashes=[*hashes[:-1], b"h" * 32])
    yield "hash_of_31_bytes", proof(hashes=[*hashes[:-1], hashes[-1][:31]])
    yield "hash_of_33_bytes", proof(hashes=[*hashes[:-1], hashes[-1] + b"\0"])
    yield "hash_empty_but_for_one_byte", proof(hashes=[*hashes[:-1], b"\0"])
    yield (
        "node_shown_as_an_entry",
        proof(
            0, hashes=path(0)[1:], extra=base64.b64encode(b"\1" + LEAVES[0] + LEAVES[1]).decode()
        ),
    )
    yield (
        "checkpoint_of_another_log",
        proof(signed=checkpoint(signed_tree(origin="other.invalid/log"))),
    )
    yield "checkpoint_of_another_size", proof(signed=checkpoint(signed_tree(6)))
    yield "checkpoint_unsigned_by_its_log", proof(signed=checkpoint(signed_tree(), EVE))
    yield "checkpoint_changed", proof().replace(b"\n7\n", b"\n8\n")


def sized(entry: bytes) -> bytes:
    """An entry after its length."""
    return len(entry).to_bytes(2, "big") + entry


def good_bundles() -> Made:
    """What must be accepted."""
    yield "3_entries", b"".join(map(sized, ENTRIES[:3]))
    yield "1_empty_entry", b"\0\0"
    yield "256_empty_entries", b"\0\0" * 256
    yield "1_largest_entry", sized(b"x" * 65_535)


def shapeless_bundles() -> Made:
    """What is no bundle of its width."""
    good = b"".join(map(sized, ENTRIES[:3]))
    yield "1_empty", b""
    yield "3_cut_inside_an_entry", good[:-1]
    yield "3_cut_inside_a_length", b"".join(map(sized, ENTRIES[:2])) + b"\0"
    yield "3_one_entry_missing", b"".join(map(sized, ENTRIES[:2]))
    yield "3_one_entry_too_many", b"".join(map(sized, ENTRIES[:4]))
    yield "3_a_byte_too_many", good + b"\0"
    yield "3_length_beyond_the_end", b"\xff\xff" + good[2:]
    yield (
        "3_length_in_the_other_order",
        b"".join(len(one).to_bytes(2, "little") + one for one in ENTRIES[:3]),
    )
    yield "256_entries_and_one", b"\0\0" * 257


def good_tiles() -> Made:
    """What must be accepted."""
    yield "1_hash", LEAVES[0]
    yield "7_hashes", b"".join(LEAVES)
    yield "256_hashes", b"".join(leaf_hash(bytes([at])) for at in range(256))


def shapeless_tiles() -> Made:
    """What is no tile of its width."""
    yield "1_empty", b""
    yield "1_of_31_bytes", LEAVES[0][:31]
    yield "1_of_33_bytes", LEAVES[0] + b"\0"
    yield "7_one_missing", b"".join(LEAVES[:6])
    yield "6_one_too_many", b"".join(LEAVES)
    yield "256_and_one", b"\0" * 32 * 257


def made() -> dict[str, bytes]:
    """Every vector by its path."""
    found: dict[str, bytes] = {}
    for folder, cases in {
        "notes/accepted": good_notes, "notes/malformed": shapeless_notes,
        "notes/tampered": false_notes, "checkpoints/accepted": good_checkpoints,
        "checkpoints/malformed": shapeless_checkpoints,
        "checkpoints/tampered": false_checkpoints, "proofs/accepted": good_proofs,
        "proofs/malformed": shapeless_proofs, "proofs/tampered": false_proofs,
        "bundles/accepted": good_bundles, "bundles/malformed": shapeless_bundles,
        "tiles/accepted": good_tiles, "tiles/malformed": shapeless_tiles,
    }.items():  # fmt: skip
        for name, data in cases():
            found[f"{folder}/{name}"] = data
    keys = f"{ALICE.key}\n{BOB.key}\n{WITNESS.key}\n".encode()
    return found | {f"{kind}/vkeys": keys for kind in ("notes", "checkpoints", "proofs")}


def standing() -> dict[str, bytes]:
    """Every vector that lies here."""
    return {
        path.relative_to(HERE).as_posix(): path.read_bytes()
        for kind in KINDS
        for path in sorted((HERE / kind).rglob("*"))
        if path.is_file()
    }


def main(words: list[str]) -> int:
    """Write the vectors, or with --check compare them; the exit code."""
    wanted, before = made(), standing()
    differing = sorted(name for name in {*wanted, *before} if wanted.get(name) != before.get(name))
    if words == ["--check"]:
        for name in differing:
            sys.stderr.write(f"differs: tests/vectors/{name}: run make vectors\n")
        return 1 if differing else 0
    for name in differing:
        if name in wanted:
            (HERE / name).parent.mkdir(parents=True, exist_ok=True)
            (HERE / name).write_bytes(wanted[name])
        else:
            (HERE / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
