"""Who acts: made by `identity` alone, taken by `policy` and everything above it."""

from dataclasses import dataclass

from adyton.terms import Binding, CredentialId, Employment, OrgId, PersonId, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A person or service whose credential was checked a moment ago.

    It says nothing about permission. `expires_at_s` is the end of the credential.
    """

    person: PersonId
    org: OrgId
    employment: Employment
    roles: frozenset[Role]
    credential: CredentialId
    binding: Binding
    expires_at_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the front door has verified about the sender besides the key.

    `thumbprint` is the RFC 7638 thumbprint of the DPoP key, or the RFC 8705 one of the client's
    certificate. The face that verified the proof makes this value.
    """

    binding: Binding
    thumbprint: str
