import base64

import pytest

from adyton.crypto.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint
from adyton.crypto.merkle import EMPTY_ROOT
from adyton.crypto.notes import COSIGNATURE, MLDSA44, Note, Signer
from adyton.terms.errors import Malformed, Tampered

LOG = Signer(name="log.invalid", seed=b"l" * 32)
WITNESS = Signer(name="witness.invalid", seed=b"w" * 32, algorithm=COSIGNATURE)
ROOT = b"r" * 32
GOOD = Checkpoint(origin="log.invalid", size=7, root=ROOT)


def test_a_checkpoint_is_read_as_it_was_written():
    assert parse_checkpoint(GOOD.to_text()) == GOOD


BAD = {
    "extension": GOOD.to_text() + "more\n",
    "cut": GOOD.to_text()[:-1],
    "leading_zero": GOOD.to_text().replace("\n7\n", "\n07\n"),
    "sign": GOOD.to_text().replace("\n7\n", "\n+7\n"),
    "minus": GOOD.to_text().replace("\n7\n", "\n-7\n"),
    "huge": GOOD.to_text().replace("\n7\n", "\n9223372036854775808\n"),
    "other_digits": GOOD.to_text().replace("\n7\n", "\n\u0667\n"),
    "short_root": f"log.invalid\n7\n{base64.b64encode(b'r').decode()}\n",
    "no_origin": GOOD.to_text().replace("log.invalid", ""),
    "empty_tree_with_a_root": GOOD.to_text().replace("\n7\n", "\n0\n"),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_anything_else_is_malformed(text):
    with pytest.raises(Malformed):
        parse_checkpoint(text)


def test_the_empty_log_has_the_root_of_the_empty_tree():
    empty = Checkpoint(origin="log.invalid", size=0, root=EMPTY_ROOT)
    assert parse_checkpoint(empty.to_text()) == empty


def test_log_and_witness_are_both_seen():
    text = GOOD.to_text()
    note = Note(text=text, signatures=(LOG.sign(text), WITNESS.cosign(text, time_s=1)))
    checkpoint, opened = open_checkpoint(note.to_bytes(), log=LOG.key, witnesses=[WITNESS.key])
    assert checkpoint == GOOD
    assert set(opened.signers) == {LOG.key, WITNESS.key}


def test_a_witness_alone_does_not_speak_for_the_log():
    text = GOOD.to_text()
    note = Note(text=text, signatures=(WITNESS.cosign(text, time_s=1),)).to_bytes()
    with pytest.raises(Tampered, match="not signed by its log"):
        open_checkpoint(note, log=LOG.key, witnesses=[WITNESS.key])


def test_one_logs_key_does_not_speak_for_another_log():
    text = Checkpoint(origin="other.invalid", size=7, root=ROOT).to_text()
    note = Note(text=text, signatures=(LOG.sign(text),)).to_bytes()
    with pytest.raises(Tampered, match="another log"):
        open_checkpoint(note, log=LOG.key)


LOG_PQ = Signer(name=LOG.key.name, seed=b"L" * 32, algorithm=MLDSA44)


def test_whoever_trusts_both_keys_of_a_log_demands_both():
    text = Checkpoint(origin=LOG.key.name, size=0, root=EMPTY_ROOT).to_text()
    own = LOG.sign(text)
    both = Note(text=text, signatures=(LOG_PQ.cosign(text, time_s=1), own)).to_bytes()
    alone = Note(text=text, signatures=(own,)).to_bytes()
    checkpoint, note = open_checkpoint(both, log=LOG.key, witnesses=[LOG_PQ.key])
    assert checkpoint.size == 0
    assert set(note.signers) == {LOG.key, LOG_PQ.key}
    assert open_checkpoint(both, log=LOG.key)[1].signers == (LOG.key,)
    for log, more in ((LOG, LOG_PQ), (LOG_PQ, LOG)):
        with pytest.raises(Tampered):
            open_checkpoint(alone, log=log.key, witnesses=[more.key])
