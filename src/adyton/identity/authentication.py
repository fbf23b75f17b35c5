"""From the text that somebody presents to a principal, or to one constant refusal.

1. Read the form. A text without the form of a key is replaced by a decoy, so that what follows
   is the same work.
2. Look up credential, person and organisation; where a row is absent a blank one stands in.
3. Compare digest and thumbprint in constant time.
4. Weigh every condition, then answer once.

The caller keeps the presented text out of logs and facts, and records the refusal.
"""

import hmac
from collections.abc import Mapping, Sequence

from adyton.identity import facts
from adyton.identity.keys import KeyText, has_form, read_key, secret_digest
from adyton.identity.principal import Principal, Proof
from adyton.terms import (
    Binding,
    CredentialId,
    Employment,
    Json,
    OrgId,
    PersonId,
    Role,
    Secret,
    State,
    Unidentified,
)

_MESSAGE = "no valid credential"
_MEND = "present a current key of this perimeter"
_UNBOUND = Proof(binding=Binding.NONE, thumbprint="")
_DECOY = f"adk_{'a' * 26}_{'a' * 68}"  # has the form and no row; its checksum is checked like any
_NO_CREDENTIAL: Mapping[str, Json] = {
    "person": "",
    "digest": "0" * 64,
    "binding": Binding.NONE,
    "thumbprint": "",
    "expires_at": 0,
    "revoked_at": 0,
}
_NOBODY: Mapping[str, Json] = {"org": "", "ended_at": 1}


def authenticate(
    state: State,
    presented: str,
    *,
    now_s: int,
    checksum_key: Secret[bytes],
    proof: Proof | None = None,
) -> Principal:
    """The principal of a key. Raises Unidentified with one constant message, whatever the cause."""
    # (1): form
    key, formed = _formed(presented, checksum_key)
    # (2): rows
    credential = state.get(facts.CREDENTIALS, key.credential) or _NO_CREDENTIAL
    person = state.get(facts.PEOPLE, str(credential["person"])) or _NOBODY
    org = state.get(facts.ORGS, str(person["org"])) or _NOBODY
    # (3): secrets
    proved = proof or _UNBOUND
    same_secret = _same(secret_digest(key.secret), credential["digest"])
    same_sender = _same(proved.thumbprint, credential["thumbprint"])
    # (4): `all` over a tuple: every condition is worked out before the first one is judged.
    holds = (
        formed,
        key.genuine,
        same_secret,
        same_sender,
        proved.binding == credential["binding"],
        now_s < _whole(credential["expires_at"]),
        not credential["revoked_at"],
        not person["ended_at"],
        not org["ended_at"],
    )
    if not all(holds):
        raise unidentified()
    return _principal(key.credential, credential, person)


def unidentified() -> Unidentified:
    """The one refusal."""
    return Unidentified(_MESSAGE, mend=_MEND)


def _formed(presented: str, checksum_key: Secret[bytes]) -> tuple[KeyText, bool]:
    """The pieces of the key, or of a decoy, and which of them it is."""
    formed = has_form(presented)
    return read_key(presented if formed else _DECOY, checksum_key), formed


def standing(state: State, credential_id: CredentialId, *, now_s: int) -> Principal:
    """Whom the holder of a credential would be now, for showing that a closed way is closed.

    No secret is looked at, so nothing may be opened with the answer. Raises Unidentified.
    """
    credential = state.get(facts.CREDENTIALS, credential_id) or _NO_CREDENTIAL
    person = state.get(facts.PEOPLE, str(credential["person"])) or _NOBODY
    org = state.get(facts.ORGS, str(person["org"])) or _NOBODY
    ended = credential["revoked_at"] or person["ended_at"] or org["ended_at"]
    if ended or now_s >= _whole(credential["expires_at"]):
        raise Unidentified(_MESSAGE, mend=_MEND)
    return _principal(credential_id, credential, person)


def _principal(
    credential_id: CredentialId, credential: Mapping[str, Json], person: Mapping[str, Json]
) -> Principal:
    return Principal(
        person=PersonId(str(credential["person"])),
        org=OrgId(str(person["org"])),
        employment=Employment(str(person["employment"])),
        roles=frozenset(Role(str(role)) for role in _listed(person["roles"])),
        credential=credential_id,
        binding=Binding(str(credential["binding"])),
        expires_at_s=_whole(credential["expires_at"]),
    )


def _same(given: str, kept: Json) -> bool:
    """Equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), str(kept).encode())


def _whole(value: Json) -> int:
    return value if isinstance(value, int) else 0


def _listed(value: Json) -> Sequence[Json]:
    return value if isinstance(value, (list, tuple)) else ()
