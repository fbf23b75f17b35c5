import hashlib
import json
from dataclasses import replace

from adyton.drill.truth import Case, Truth

TRUTH = Truth(seed=1, case=Case.LEAK, variant="x", verdict="leak", nameable=True, nonce="a" * 32)


def test_the_seal_is_the_digest_of_the_text_that_is_opened():
    assert TRUTH.digest() == hashlib.sha256(TRUTH.text().encode()).hexdigest()


def test_the_opened_text_tells_what_was_sealed():
    told = json.loads(TRUTH.text())
    assert {"verdict", "copies", "persons", "pathway", "nameable"} <= set(told)
    assert told["case"] == "leak"


def test_the_nonce_hides_a_truth_that_could_be_guessed():
    assert replace(TRUTH, nonce="b" * 32).digest() != TRUTH.digest()
