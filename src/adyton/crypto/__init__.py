"""Bytes to bytes: hashing, Merkle trees, signed notes, sealed containers, shared keys.

Enters: bytes and keys. Leaves: bytes, hashes, proofs, or one of two errors.

Promises: pure functions and frozen values; every primitive comes from `cryptography` or the
standard library; published vectors pass; hostile bytes raise only `Malformed` or `Tampered`.

Never: a home-made primitive, a clock, a source of randomness of its own, a file.

What lies where (import the submodule, this package re-exports nothing):

    canonical     JSON values to RFC 8785 bytes
    plainjson     bytes to JSON, refusing everything that is not in that one form
    merkle        RFC 6962 trees: hashes, growing trees, making and checking proofs
    tiles         the arithmetic and bytes of C2SP tlog-tiles
    lines         base64, numbers, and the three lines that a log signs
    notes         C2SP signed notes, keys, cosignatures
    mldsa         ML-DSA-44 cosignatures
    checkpoints   checkpoints opened with the keys of their log
    tlogpolicy    C2SP tlog-policy: whose cosignatures are a quorum
    tlogproof     the receipt: an entry is in the log of this checkpoint
    commitments   hiding commitments to bodies
    bodies        sealed bodies
    ids           opaque ids
    shamir, quorum, hpke, parts   keys held by several people, sealed parts of assets

`plainjson`, `merkle`, `lines`, `notes`, `mldsa`, `checkpoints`, `tlogproof`, `commitments` are also
shipped inside the stand-alone verifier and therefore import only the standard library,
`cryptography` and `adyton.terms.errors`.
"""
