"""The keys of one version, from the shared secret down to a part (docs/formats/vault.md).

    Q   32 random bytes, split by the quorum tree, each share sealed to one approver
    K   32 bytes that the KMS holds for this version
    KEK, check = HKDF-SHA256(ikm = Q, salt = K, info = bind("adyton/kek/v1", manifest hash))
    wrap = AES-256-GCM(KEK, DEK, aad = manifest hash)
    part key = HKDF-Expand(DEK, bind("adyton/part/v1", path, number))

A KEK wraps exactly one DEK: Q is fresh for every version and every new split.
Wiping reaches the buffers made here; copies inside the crypto library live until it frees them.
"""

import hmac
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from adyton.crypto import hpke, quorum, shamir
from adyton.terms import Entropy, Malformed, Refused, Secret, Tampered
from adyton.vault.people import ApproverPublic
from adyton.vault.records import Header, SealedShare

KEY_BYTES = 32
_CHECK_BYTES = 16
_NONCE_BYTES = 12


class DataKey:
    """A version's DEK in memory, until `wipe`."""

    __slots__ = ("_key", "_live")

    def __init__(self, key: bytearray) -> None:
        if len(key) != KEY_BYTES:
            raise Malformed("a data key is 32 bytes")
        self._key = key
        self._live = True

    def derive(self, info: bytes) -> Secret[bytes]:
        """A 32-byte subkey. Raises Refused once wiped, also when wiped meanwhile."""
        derived = HKDFExpand(algorithm=SHA256(), length=KEY_BYTES, info=info).derive(self._key)
        if not self._live:
            raise Refused("the key of this session is gone", mend="request the release again")
        return Secret(derived)

    def wrapped_by(self, kek: bytes, nonce: bytes, manifest_hash: bytes) -> bytes:
        """AES-256-GCM of the key under `kek`."""
        return AESGCM(kek).encrypt(nonce, bytes(self._key), manifest_hash)

    def wipe(self) -> None:
        """Overwrite the key; nothing can be derived any more."""
        self._live = False
        wipe(self._key)


def wipe(buffer: bytearray) -> None:
    """Overwrite with zeros in place."""
    buffer[:] = bytes(len(buffer))


def part_key(key: DataKey, *, path: str, number: int) -> Secret[bytes]:
    """The key of one part."""
    return key.derive(hpke.bind("adyton/part/v1", path.encode(), number.to_bytes(8, "big")))


def part_context(*, manifest_id: str, path: str, number: int, parts: int, size_bytes: int) -> bytes:
    """What a part is bound to: its version, file, place, the number of parts, the file's size."""
    return hpke.bind(
        "adyton/part-context/v1",
        bytes.fromhex(manifest_id),
        path.encode(),
        number.to_bytes(8, "big"),
        parts.to_bytes(8, "big"),
        size_bytes.to_bytes(8, "big"),
    )


def seal_header(
    key: DataKey,
    *,
    version: str,
    manifest_sha256: str,
    tree: quorum.QuorumTree,
    publics: Mapping[str, ApproverPublic],
    kms_reference: str,
    kms_secret: Secret[bytes],
    entropy: Entropy,
) -> Header:
    """A fresh Q, its shares sealed to the approvers of `tree`, and the DEK wrapped under it."""
    manifest_hash = bytes.fromhex(manifest_sha256)
    secret = bytearray(entropy.token(KEY_BYTES))
    kek, check = _derive_kek(secret, kms_secret, manifest_hash)
    nonce = entropy.token(_NONCE_BYTES)
    shares = quorum.split_tree(bytes(secret), tree, entropy)
    header = Header(
        manifest_sha256=manifest_sha256,
        kms=kms_reference,
        wrap_nonce=nonce.hex(),
        wrap=key.wrapped_by(bytes(kek), nonce, manifest_hash).hex(),
        key_check=check.hex(),
        quorum=tree.text,
        shares=tuple(
            _seal_share(share, person, version, manifest_hash, publics[person].hpke)
            for person, share in sorted(shares.items())
        ),
    )
    wipe(secret)
    wipe(kek)
    return header


def open_header(
    header: Header, shares: Mapping[str, quorum.LeafShare], kms_secret: Secret[bytes]
) -> DataKey:
    """The DEK from shares that satisfy the header's tree, and the KMS secret.

    Raises Malformed where the shares do not satisfy it, Tampered where the joined key is not the
    one that wrapped the DEK.
    """
    manifest_hash = bytes.fromhex(header.manifest_sha256)
    secret = quorum.join_tree(shares, quorum.parse_approvers(header.quorum))
    kek, check = _derive_kek(secret, kms_secret, manifest_hash)
    wipe(secret)
    try:
        if not hmac.compare_digest(check, bytes.fromhex(header.key_check)):
            raise Tampered("the joined key is not the one of this version")
        wrap, nonce = bytes.fromhex(header.wrap), bytes.fromhex(header.wrap_nonce)
        return DataKey(bytearray(AESGCM(bytes(kek)).decrypt(nonce, wrap, manifest_hash)))
    except InvalidTag as error:
        raise Tampered("the wrapped key of this version was changed") from error
    finally:
        wipe(kek)


def open_share(share: SealedShare, key: hpke.HpkeKey) -> quorum.LeafShare:
    """A share, opened with its holder's key and compared with its commitment. Raises Tampered."""
    manifest_hash = bytes.fromhex(share.manifest_sha256)
    info = _share_info(manifest_hash, bytes(share.path), share.person)
    return check_share(key.open(bytes.fromhex(share.sealed), info=info), share)


def check_share(plain: bytes, share: SealedShare) -> quorum.LeafShare:
    """An encoded share as a value, if it is the one committed to. Raises Tampered."""
    found = _commit(bytes.fromhex(share.manifest_sha256), plain)
    if not hmac.compare_digest(found, bytes.fromhex(share.commitment)):
        raise Tampered("a key share is not the one that was committed to")
    return quorum.LeafShare.decode(plain)


def release_info(request_digest: bytes, person: str) -> bytes:
    """The HPKE context of a share resealed to the session of one request."""
    return hpke.bind("adyton/release/v1", request_digest, person.encode())


def _seal_share(
    share: quorum.LeafShare, person: str, version: str, manifest_hash: bytes, public: bytes
) -> SealedShare:
    plain = share.encode()
    info = _share_info(manifest_hash, bytes(share.path), person)
    return SealedShare(
        person=person,
        version=version,
        manifest_sha256=manifest_hash.hex(),
        path=share.path,
        sealed=hpke.seal(plain, public=public, info=info).hex(),
        commitment=_commit(manifest_hash, plain).hex(),
    )


def _share_info(manifest_hash: bytes, path: bytes, person: str) -> bytes:
    return hpke.bind("adyton/share/v1", manifest_hash, path, person.encode())


def _commit(manifest_hash: bytes, plain: bytes) -> bytes:
    return shamir.commitment(label=b"adyton/commitment/v1", context=manifest_hash, share=plain)


def _derive_kek(
    secret: bytearray, kms_secret: Secret[bytes], manifest_hash: bytes
) -> tuple[bytearray, bytes]:
    info = hpke.bind("adyton/kek/v1", manifest_hash)
    length = KEY_BYTES + _CHECK_BYTES
    both = HKDF(algorithm=SHA256(), length=length, salt=kms_secret.reveal(), info=info).derive(
        bytes(secret)
    )
    return bytearray(both[:KEY_BYTES]), both[KEY_BYTES:]
