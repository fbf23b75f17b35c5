"""Open releases as policy and trace see them."""

from adyton.policy.recipients import Recipients
from adyton.terms import (
    AdytonError,
    AssetId,
    AssetKind,
    AssetRef,
    CompartmentId,
    Malformed,
    Missing,
    Span,
    State,
    VersionId,
)
from adyton.trace import OpenVersion
from adyton.vault import Purpose, ReleaseSession, Vault

MARK_KEY = "adyton/marks/v1"
LARGEST_MASTER_BYTES = 4 * 1024 * 1024


class SessionCheck:
    """Says of each use of a release session whether a lock stops it."""

    def __init__(self, *, state: State, recipients: Recipients) -> None:
        self._state = state
        self._recipients = recipients

    def __call__(self, session: ReleaseSession) -> None:
        """Raises Refused where one does."""
        row = self._state.get("assets", session.asset)
        if row is None:
            raise Missing("the asset of this session is gone")
        resource = AssetRef(
            asset=AssetId(session.asset),
            kind=AssetKind(str(row["kind"])),
            compartment=CompartmentId(str(row["compartment"])),
            version=session.version,
        )
        self._recipients.check_locks(session.recipient, resource, session=session.session)


def master_of(vault: Vault, session: ReleaseSession) -> str:
    """The text of an open document version. Raises Malformed for what is no single text."""
    if len(session.files) != 1 or session.files[0].size_bytes > LARGEST_MASTER_BYTES:
        raise Malformed("this version is not one text", mend="issue documents only")
    file = session.files[0]
    content = vault.read(session.session, file.path, Span(start=0, end=file.size_bytes))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("this version is not UTF-8 text", mend="issue documents only") from error


class SessionMasters:
    """Versions that two people opened for trace (see `trace.Masters`)."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def opened(self, version: VersionId) -> OpenVersion | None:
        """The master and mark key of a version, or None where it is not open."""
        for session in self._vault.sessions():
            if session.version == version and session.purpose is Purpose.TRACE:
                try:
                    return OpenVersion(
                        master=master_of(self._vault, session),
                        key=self._vault.key_for(session.session, MARK_KEY),
                    )
                except AdytonError:
                    continue  # ended or locked meanwhile: the same as not open
        return None
