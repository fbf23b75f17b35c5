"""The vault's `Kms` port over one local file: a root secret, from which all others are derived.

The file is JSON (`format`, `root` in hex), mode 0600, trusted, and never changes once made.

What it does not protect: whoever can read this file (the administrator, a thief of the whole
disk) has every secret of this KMS; approvers' shares are then the only thing that keeps versions
closed. It has no passphrase, no second person and no hardware, a secret cannot be destroyed alone,
and reads leave no trace. It stands for a KMS of its own (OpenBao, a cloud KMS, PKCS#11) behind the
same port; keep its file on another disk than the shelf, and out of the shelf's backups.
"""

import json
import os
import re
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adyton.crypto.hpke import bind
from adyton.terms import Conflict, Entropy, Misconfigured, Missing, Secret, Unavailable

FORMAT = "adyton/kms-local/v1"
_ROOT_BYTES = 32
_SALT_BYTES = 16
_OTHERS = 0o077
_REFERENCE = re.compile(r"local:([0-9a-f]{8}):([0-9a-f]{32})")


class LocalKms:
    """Derives secrets from one root. `create` and `secret` are the vault's port."""

    def __init__(self, root: Secret[bytes], entropy: Entropy) -> None:
        self._root = root
        self._entropy = entropy
        # says which root a reference belongs to, and nothing of the root
        self._name = self._derive(b"", bind("adyton/kms-name/v1")).reveal()[:4].hex()

    @classmethod
    def make(cls, path: Path, entropy: Entropy) -> "LocalKms":
        """A KMS with a fresh root in a new file, flushed. Raises Conflict if the file exists."""
        root = entropy.token(_ROOT_BYTES)
        text = json.dumps({"format": FORMAT, "root": root.hex()}) + "\n"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except FileExistsError as error:
            raise Conflict("a local KMS file is there already") from error
        except OSError as error:
            raise Unavailable("the local KMS file cannot be written") from error
        return cls(Secret(root), entropy)

    @classmethod
    def load(cls, path: Path, entropy: Entropy) -> "LocalKms":
        """The KMS of a file. Raises Misconfigured where others may read it or it is another."""
        try:
            with path.open(encoding="ascii") as file:
                rights = os.fstat(file.fileno()).st_mode
                found = json.load(file)
            if rights & _OTHERS:
                raise Misconfigured(
                    "the local KMS file can be read by others", mend="chmod 600 the file"
                )
            root = bytes.fromhex(found["root"])
            fits = found["format"] == FORMAT and len(root) == _ROOT_BYTES
        except OSError as error:
            raise Unavailable("the local KMS file cannot be read") from error
        except (ValueError, KeyError, TypeError) as error:
            raise Misconfigured("the local KMS file is not of its format") from error
        if not fits:
            raise Misconfigured("the local KMS file is not of its format")
        return cls(Secret(root), entropy)

    def create(self) -> str:
        """A fresh reference: the root's name and a salt."""
        return f"local:{self._name}:{self._entropy.token(_SALT_BYTES).hex()}"

    def secret(self, reference: str, *, context: bytes) -> Secret[bytes]:
        """32 bytes for this reference and context. Raises Missing for another root's reference."""
        match = _REFERENCE.fullmatch(reference)
        if match is None or match[1] != self._name:
            raise Missing("this KMS does not hold that secret")
        return self._derive(bytes.fromhex(match[2]), bind("adyton/kms-secret/v1", context))

    def named(self, name: str) -> Secret[bytes]:
        """A secret of the perimeter that is not one version's, by its fixed name."""
        return self._derive(b"", bind("adyton/kms-named/v1", name.encode()))

    def _derive(self, salt: bytes, info: bytes) -> Secret[bytes]:
        derivation = HKDF(algorithm=SHA256(), length=_ROOT_BYTES, salt=salt, info=info)
        return Secret(derivation.derive(self._root.reveal()))
