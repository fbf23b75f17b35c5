"""The approver's own side: runs where the approver's key is, never in the owner process.

Nothing here asks the server what to sign: the request is decoded from the very bytes whose hash
is signed, and the share opens only for the manifest that those bytes name.
"""

import datetime as dt
from dataclasses import dataclass

from adyton.crypto import hpke, keyfile
from adyton.crypto.notes import Note, Signer
from adyton.terms import Entropy, Malformed, PersonId, Refused, RequestId, Secret
from adyton.vault.keys import open_share, release_info
from adyton.vault.people import ApproverPublic
from adyton.vault.records import SealedShare, decode
from adyton.vault.requests import parse_request, request_id

KEYFILE_KIND = "approver"
APPROVAL = "adyton/approval/v1"
SHARE_CHECK = "adyton/share-check/v1"
_SEED_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproverKey:
    """An approver's opened key: one half opens shares, the other signs."""

    sealing: hpke.HpkeKey
    signing: Secret[bytes]

    def public(self, person: str) -> ApproverPublic:
        """What is enrolled for `person`."""
        signer = Signer(name=person, seed=self.signing.reveal())
        return ApproverPublic(person=person, hpke=self.sealing.public, sign=signer.key.public)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A signed yes: a signed note (docs/formats/vault.md) that carries the resealed share."""

    request: RequestId
    person: PersonId
    note: bytes


def make_approver_key(
    passphrase: Secret[str], entropy: Entropy, *, work: keyfile.Work | None = None
) -> bytes:
    """The bytes of a fresh key file. It belongs outside the home, on the approver's own device."""
    private, seed = entropy.token(hpke.KEY_BYTES), entropy.token(_SEED_BYTES)
    public = ApproverKey(sealing=hpke.HpkeKey(Secret(private)), signing=Secret(seed)).public("-")
    return keyfile.seal_keyfile(
        Secret(private + seed),
        kind=KEYFILE_KIND,
        public={"hpke_public": public.hpke.hex(), "sign_public": public.sign.hex()},
        passphrase=passphrase,
        entropy=entropy,
        work=work,
    )


def open_approver_key(blob: bytes, passphrase: Secret[str]) -> ApproverKey:
    """The key in a key file. Raises Malformed, or Refused for a wrong passphrase."""
    opened = keyfile.open_keyfile(blob, kind=KEYFILE_KIND, passphrase=passphrase)
    secret = opened.secret.reveal()
    if len(secret) != hpke.KEY_BYTES + _SEED_BYTES:
        raise Malformed("key file: not an approver's key")
    return ApproverKey(
        sealing=hpke.HpkeKey(Secret(secret[: hpke.KEY_BYTES])),
        signing=Secret(secret[hpke.KEY_BYTES :]),
    )


def describe_request(request_bytes: bytes) -> str:
    """What a human agrees to, decoded from the bytes that are signed. Raises Malformed."""
    request = parse_request(request_bytes)
    until = dt.datetime.fromtimestamp(request.expires_at, tz=dt.UTC)
    lines = (
        ("request", request_id(request_bytes)),
        ("purpose", request.purpose.value),
        ("asset", _called(request.names, request.asset)),
        ("version", request.version),
        ("manifest", request.manifest_sha256),
        ("to", _called(request.names, request.recipient)),
        ("asked by", _called(request.names, request.by)),
        ("reason", request.reason or "(none given)"),
        ("until", until.strftime("%Y-%m-%d %H:%M:%S UTC")),
    )
    return "".join(f"{label:<9} {text}\n" for label, text in lines)


def approve_request(request_bytes: bytes, sealed_share: bytes, key: ApproverKey) -> Approval:
    """The signed yes of the holder of `key`; the caller has shown them `describe_request`.

    1. Decode the request; refuse a share of another version.
    2. Open the share, compare it with its commitment.
    3. Reseal it to the session's key, bound to this request and this person.
    4. Sign the request's id, the person and the resealed share together.
    """
    # (1): decode
    request = parse_request(request_bytes)
    share = decode(sealed_share, SealedShare, what="a sealed share")
    if (share.version, share.manifest_sha256) != (request.version, request.manifest_sha256):
        raise Refused("the share is of another version than the request")
    # (2): open
    plain = open_share(share, key.sealing).encode()
    # (3): reseal
    info = release_info(request.digest, share.person)
    resealed = hpke.seal(plain, public=bytes.fromhex(request.session_public), info=info)
    # (4): sign
    text = f"{APPROVAL}\n{request.id}\n{share.person}\n{resealed.hex()}\n"
    note = _signed(text, key, share.person)
    return Approval(request=request.id, person=PersonId(share.person), note=note)


def prove_share(sealed_share: bytes, key: ApproverKey, *, challenge: str) -> bytes:
    """A signed note that the share opens and is the one committed to, without giving it away."""
    share = decode(sealed_share, SealedShare, what="a sealed share")
    open_share(share, key.sealing)
    if not challenge.isalnum():
        raise Malformed("a challenge is one word")
    return _signed(share_check_text(share, challenge), key, share.person)


def share_check_text(share: SealedShare, challenge: str) -> str:
    """What a share check says, line by line."""
    return (
        f"{SHARE_CHECK}\n{share.version}\n{share.manifest_sha256}\n"
        f"{share.person}\n{share.commitment}\n{challenge}\n"
    )


def _signed(text: str, key: ApproverKey, person: str) -> bytes:
    signer = Signer(name=person, seed=key.signing.reveal())
    return Note(text=text, signatures=(signer.sign(text),)).to_bytes()


def _called(names: dict[str, str], identity: str) -> str:
    name = names.get(identity)
    return f"{name} ({identity})" if name else identity
