"""The facts of policy and its tables. Names, reasons, purposes, networks go into bodies alone."""

COMPARTMENT_ADDED = "compartment.added"
ENTITLEMENT_GRANTED = "entitlement.granted"
ENTITLEMENT_REVOKED = "entitlement.revoked"
LOCK_SET = "lock.set"
LOCK_LIFTED = "lock.lifted"

FACT_TYPES = (
    COMPARTMENT_ADDED,
    ENTITLEMENT_GRANTED,
    ENTITLEMENT_REVOKED,
    LOCK_SET,
    LOCK_LIFTED,
)

COMPARTMENTS = "compartments"
ENTITLEMENTS = "entitlements"
LOCKS = "locks"

ASSETS = "assets"  # the vault's register, read here to judge an asset by what is recorded

ANY_TARGET = "*"  # a lock whose sealed network was erased stops every network
