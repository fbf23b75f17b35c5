"""One question to a judge and its ruling: everything that may be looked at, and nothing else."""

from dataclasses import dataclass

from adyton.terms import Act, AssetKind, Binding, Employment, PersonId, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetView:
    """An asset as recorded. `bound_only` comes from its compartment."""

    id: str
    kind: AssetKind
    compartment: str
    bound_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementView:
    """One entitlement. `asset` "" means all of the compartment, `purpose` "" any purpose."""

    act: Act
    asset: str
    compartment: str
    purpose: str
    until_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whether this person may do this act now, to this asset or (None) to the perimeter."""

    person: PersonId
    roles: frozenset[Role]
    employment: Employment
    act: Act
    asset: AssetView | None
    now_s: int
    credential_until_s: int
    binding: Binding
    purpose: str
    entitlement: EntitlementView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A judge's answer. `allowed` is true only without any error; `reasons` are policy ids."""

    allowed: bool
    reasons: tuple[str, ...]
