"""The saved configuration of one bucket: who else may get in.

Read: the answers of S3's configuration calls under their own names (`Acl`, `Policy`,
`PublicAccessBlock`), a GCS policy (`bindings`), and `SignedUrls` as an inventory lists them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from adyton.terms import Malformed

EVERYBODY = ("/AllUsers", "/AuthenticatedUsers")  # S3's predefined groups, as ends of their URIs
GCS_EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
SIGNED_MAX_S = 24 * 3600  # a link that outlives a working day is a copy without a holder


def check_bucket(raw: bytes) -> tuple[str, ...]:
    """What is wrong with a bucket, as fixed words. Raises Malformed if it is no configuration."""
    try:
        config = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Malformed("store configuration: no JSON") from error
    if not isinstance(config, Mapping):
        raise Malformed("store configuration: no object")
    checks = (_acl, _policy, _blocks, _bindings, _links)
    return tuple(dict.fromkeys(word for check in checks for word in check(config)))


def _list(value: object) -> Sequence[object]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    return () if value is None else (value,)


def _mappings(value: object) -> Iterator[Mapping[str, object]]:
    return (one for one in _list(value) if isinstance(one, Mapping))


def _acl(config: Mapping[str, object]) -> Iterator[str]:
    for acl in _mappings(config.get("Acl")):
        for grant in _mappings(acl.get("Grants")):
            for grantee in _mappings(grant.get("Grantee")):
                if str(grantee.get("URI", "")).endswith(EVERYBODY):
                    yield f"public acl: {_right(grant.get('Permission'))}"


def _right(permission: object) -> str:
    return "read" if permission in {"READ", "READ_ACP"} else "write"


def _policy(config: Mapping[str, object]) -> Iterator[str]:
    policy = config.get("Policy")
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except (ValueError, RecursionError) as error:
            raise Malformed("store configuration: the policy is no JSON") from error
    for document in _mappings(policy):
        for statement in _mappings(document.get("Statement")):
            if statement.get("Effect") == "Allow" and _anybody(statement.get("Principal")):
                limited = "under a condition" if statement.get("Condition") else "to anybody"
                yield f"policy allows access {limited}"


def _anybody(principal: object) -> bool:
    if isinstance(principal, Mapping):
        return any("*" in _list(one) for one in principal.values())
    return principal == "*"


def _blocks(config: Mapping[str, object]) -> Iterator[str]:
    """Said only of a configuration that tells its public-access block, or that has an ACL."""
    if "PublicAccessBlock" not in config and "Acl" not in config:
        return
    block = config.get("PublicAccessBlock")
    on = block if isinstance(block, Mapping) else {}
    if not all(on.get(name) is True for name in BLOCKS):
        yield "public access is not blocked"


def _bindings(config: Mapping[str, object]) -> Iterator[str]:
    for binding in _mappings(config.get("bindings")):
        if GCS_EVERYBODY.intersection(str(member) for member in _list(binding.get("members"))):
            yield "binding for everybody"


def _links(config: Mapping[str, object]) -> Iterator[str]:
    for link in _mappings(config.get("SignedUrls")):
        lasts = link.get("ExpiresInSeconds")
        if not isinstance(lasts, int) or lasts > SIGNED_MAX_S:
            yield "signed link lives longer than a day"
