"""The whole grammar of tlog-policy, keys included."""

import pytest

from adyton.crypto.notes import COSIGNATURE, ED25519, MLDSA44, Signer
from adyton.crypto.tlogpolicy import parse_policy, render_policy
from adyton.terms.errors import Malformed

LOG = Signer(name="log.invalid", seed=b"l" * 32).key
LOG_PQ = Signer(name="log.invalid", seed=b"L" * 32, algorithm=MLDSA44).key
X1, X2, X3, Y1, Y2 = (
    Signer(name=f"w{at}.invalid", seed=bytes([at]) * 32, algorithm=COSIGNATURE).key
    for at in range(1, 6)
)
PQ = Signer(name="w9.invalid", seed=b"9" * 32, algorithm=MLDSA44).key
NESTED = f"""\
# from the specification's own example
log {LOG}
log\t{LOG_PQ} https://log.invalid/

witness X1 {X1}
witness X2 {X2} https://w2.invalid/
  witness X3 {X3}
group X-witnesses 2 X1 X2 X3
witness Y1 {Y1}
witness Y2 {Y2}
group Y-witnesses any Y1 Y2
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def test_groups_within_groups_decide():
    policy = parse_policy(NESTED)
    assert policy.logs == (LOG, LOG_PQ)
    assert policy.satisfied([X1, X3, Y2])
    assert policy.satisfied([X1, X2, X3, Y1, Y2])
    assert not policy.satisfied([X1, X2, X3])
    assert not policy.satisfied([X1, Y1, Y2])
    assert not policy.satisfied([])
    assert policy.names([Y1, X2, LOG]) == ("X2", "Y1")


def test_a_quorum_of_none_asks_for_nobody():
    assert parse_policy(f"log {LOG}\nquorum none\n").satisfied([])


def test_a_single_witness_may_be_the_quorum():
    policy = parse_policy(f"witness w {PQ}\nquorum w\n")
    assert policy.satisfied([PQ])
    assert not policy.satisfied([X1])


def test_a_policy_that_we_write_is_read_again():
    text = render_policy(
        logs=[LOG, LOG_PQ],
        witnesses={"north": X1, "south": PQ},
        urls={"south": "https://south.invalid/w"},
        quorum="group two all north south\nquorum two",
    )
    policy = parse_policy(text)
    assert policy.logs == (LOG, LOG_PQ)
    assert dict(policy.witnesses) == {"north": X1, "south": PQ}
    assert f"witness south {PQ} https://south.invalid/w\n" in text


def test_thirty_two_logs_witnesses_and_groups_are_read():
    def keys(kind):
        return [
            Signer(name=f"k{kind}-{at}.invalid", seed=bytes([at, kind] * 16), algorithm=kind).key
            for at in range(32)
        ]

    lines = [f"log {key}" for key in keys(ED25519)]
    lines += [f"witness w{at} {key}" for at, key in enumerate(keys(COSIGNATURE))]
    lines += [f"group g{at} all w{at}" for at in range(31)]
    lines += ["group all-of all " + " ".join(f"g{at}" for at in range(31)), "quorum all-of"]
    assert len(parse_policy("\n".join(lines) + "\n").witnesses) == 32


BROKEN = {
    "no quorum": f"witness w {X1}\n",
    "two quorums": f"witness w {X1}\nquorum w\nquorum w\n",
    "unknown quorum": f"witness w {X1}\nquorum v\n",
    "used before defined": f"group g any w\nwitness w {X1}\nquorum g\n",
    "a name twice": f"witness w {X1}\nwitness w {X2}\nquorum w\n",
    "in two groups": f"witness w {X1}\ngroup a any w\ngroup b any w\nquorum a\n",
    "named none": f"witness none {X1}\nquorum none\n",
    "a key twice": f"witness w {X1}\nwitness v {X1}\nquorum w\n",
    "one public key under two names": "witness w {}\nwitness v {}\nquorum w\n".format(
        X1, Signer(name="other.invalid", seed=b"\1" * 32, algorithm=COSIGNATURE).key
    ),
    "a log twice": f"log {LOG}\nlog {LOG}\nquorum none\n",
    "too many of a group": f"witness w {X1}\ngroup g 2 w\nquorum g\n",
    "none of a group": f"witness w {X1}\ngroup g 0 w\nquorum g\n",
    "an empty group": "group g any\nquorum g\n",
    "words after the url": f"witness w {X1} https://w.invalid/ more\nquorum w\n",
    "a log's key as a witness": f"witness w {LOG}\nquorum w\n",
    "a witness's key as a log": f"log {X1}\nquorum none\n",
    "no key": "witness w key\nquorum w\n",
    "a carriage return": f"witness w {X1}\r\nquorum w\n",
    "a space that is none": f"witness\u00a0w {X1}\nquorum none\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_texts_outside_the_grammar_are_malformed(text):
    with pytest.raises(Malformed):
        parse_policy(text)


def test_a_witness_whose_key_bears_the_name_of_a_log_is_refused():
    """It would be taken for a further key of the log."""
    key = Signer(name=LOG.name, seed=b"w" * 32, algorithm=COSIGNATURE).key
    with pytest.raises(Malformed, match="name of a log"):
        parse_policy(f"log {LOG}\nwitness w {key}\nquorum w\n")
