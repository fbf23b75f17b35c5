"""The yes of policy: made by `policy` alone, asked for by everything that lets something out."""

from dataclasses import dataclass

from adyton.identity import Principal
from adyton.terms import Act, AssetRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A permission that ends at `until_s` (epoch seconds), and sooner if a lock falls.

    `reasons` are the ids of the policies that decided and of the entitlement used, for the ledger;
    they are not for the principal. `resource` is None for acts on the perimeter.
    """

    principal: Principal
    act: Act
    resource: AssetRef | None
    purpose: str
    until_s: int
    reasons: tuple[str, ...]
