import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adyton.sweep import check_bucket
from adyton.terms import Malformed

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
BLOCKED = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)


def grant(permission, uri=ALL_USERS):
    return {"Grants": [{"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission}]}


def policy(**statement):
    return {"Policy": json.dumps({"Statement": [{"Effect": "Allow"} | statement]})}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, ()),
        ({"Acl": grant("FULL_CONTROL", "urn:owner"), "PublicAccessBlock": BLOCKED}, ()),
        ({"Acl": grant("READ"), "PublicAccessBlock": BLOCKED}, ("public acl: read",)),
        ({"Acl": grant("WRITE"), "PublicAccessBlock": BLOCKED}, ("public acl: write",)),
        (
            {"PublicAccessBlock": BLOCKED | {"BlockPublicAcls": False}},
            ("public access is not blocked",),
        ),
        (policy(Principal="*"), ("policy allows access to anybody",)),
        (policy(Principal={"AWS": ["*"]}), ("policy allows access to anybody",)),
        (
            policy(Principal="*", Condition={"IpAddress": {}}),
            ("policy allows access under a condition",),
        ),
        (policy(Principal={"AWS": "arn:aws:iam::1:root"}), ()),
        ({"bindings": [{"role": "r", "members": ["user:a@b.example"]}]}, ()),
        ({"bindings": [{"role": "r", "members": ["allUsers"]}]}, ("binding for everybody",)),
        ({"SignedUrls": [{"ExpiresInSeconds": 600}]}, ()),
        ({"SignedUrls": [{"ExpiresInSeconds": 604800}]}, ("signed link lives longer than a day",)),
        ({"SignedUrls": [{}]}, ("signed link lives longer than a day",)),
    ],
)
def test_who_else_may_get_in(config, words):
    assert check_bucket(json.dumps(config).encode()) == words


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("*"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Acl",
                    "Grants",
                    "Grantee",
                    "URI",
                    "Policy",
                    "Statement",
                    "Effect",
                    "Principal",
                    "bindings",
                    "members",
                    "SignedUrls",
                    "PublicAccessBlock",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_i7_hostile_configurations_raise_only_malformed(value):
    with contextlib.suppress(Malformed):
        check_bucket(json.dumps(value).encode())


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[" * 100_000, b"[]", b'{"Policy":"{"}'])
def test_what_is_no_configuration_is_malformed(raw):
    with pytest.raises(Malformed):
        check_bucket(raw)
