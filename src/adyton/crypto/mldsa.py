"""ML-DSA-44 (FIPS 204) as C2SP tlog-cosignature uses it: a statement on one state of a log.

The signed message names the cosigner, the time, the log, the size and the root. It covers a
checkpoint's three lines and nothing else: a text with more lines is never taken for signed.
"""

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from adyton.crypto.lines import parse_checkpoint
from adyton.terms.errors import Malformed, Misconfigured

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

MLDSA44_PUBLIC_BYTES = 1312
MLDSA44_SIGNATURE_BYTES = 2420
_LABEL = b"subtree/v1\n\0"
_MAX_NAME_BYTES = 255
_U64 = 8


def cosigned_message(text: str, *, cosigner: str, time_s: int) -> bytes:
    """What a cosigner signs of a checkpoint's text. Raises Malformed if it is none."""
    checkpoint = parse_checkpoint(text)
    return b"".join(
        (
            _LABEL,
            _opaque(cosigner),
            time_s.to_bytes(_U64, "big"),
            _opaque(checkpoint.origin),
            (0).to_bytes(_U64, "big"),
            checkpoint.size.to_bytes(_U64, "big"),
            checkpoint.root,
        )
    )


def mldsa_key(seed: bytes) -> "MLDSA44PrivateKey":
    """The private key of a seed of 32 bytes. Raises Misconfigured."""
    try:
        from cryptography.hazmat.primitives.asymmetric import mldsa  # noqa: PLC0415 - see _MEND

        return mldsa.MLDSA44PrivateKey.from_seed_bytes(seed)
    except (ImportError, UnsupportedAlgorithm) as error:
        raise Misconfigured(_LACKS, mend=_MEND) from error


def mldsa_holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is that key's over `message`. Raises Misconfigured."""
    try:
        from cryptography.hazmat.primitives.asymmetric import mldsa  # noqa: PLC0415 - see _MEND

        mldsa.MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except (ImportError, UnsupportedAlgorithm) as error:
        raise Misconfigured(_LACKS, mend=_MEND) from error
    except (InvalidSignature, ValueError):
        return False
    return True


_LACKS = "the library `cryptography` of this machine knows no ML-DSA"
# receipts signed with Ed25519 alone are checked with older ones: only who needs it looks for it
_MEND = "install version 50 or newer, or check with the Ed25519 keys alone"


def _opaque(name: str) -> bytes:
    data = name.encode()
    if not 0 < len(data) <= _MAX_NAME_BYTES:
        raise Malformed("a name is empty or too long for an ML-DSA cosignature")
    return bytes([len(data)]) + data
