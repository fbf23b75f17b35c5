"""A sweep over places that a test fills."""

from functools import partial

from adyton.adapters.memory_ledger import ManualClock
from adyton.identity import find_keys
from adyton.identity.keys import new_secret, write_key
from adyton.intake import open_exhibits
from adyton.prints import PrintIndex, file_prints, fingerprints
from adyton.sweep import Found, FoundKind, Place, PlaceKind, Sweeper
from adyton.terms import AssetId, CredentialId, Missing, Secret, Unavailable, VersionId
from tests.unit.prints.prose import KEY, prose

CHECKSUM_KEY = Secret(b"a checksum key for tests, 32 by.")
PLAN = prose("the secret plan", 300)
FOLDER = Place(kind=PlaceKind.FOLDER, path="/srv/share")
HOME = Place(kind=PlaceKind.HOME, path="/srv/home")
SCRATCH = Place(kind=PlaceKind.TEMPORARY, path="/srv/home/tmp")
STORES = Place(kind=PlaceKind.STORE_CONFIG, path="/srv/stores")


class ShelfOfFiles:
    """Port `Places` over a mapping of place to files; `odd` holds links, closed folders."""

    def __init__(self, files, *, odd=(), modes=None, chunk=1000):
        self.files, self.odd, self.modes, self.chunk = files, odd, modes or {}, chunk
        self.unreadable = set()

    def walk(self, place):
        if place not in self.files:
            raise Missing("a place to sweep is not there")
        for path, data in sorted(self.files[place].items()):
            mode = self.modes.get(path, 0o600)
            yield Found(path=path, kind=FoundKind.FILE, size_bytes=len(data), mode=mode)
        yield from self.odd

    def read(self, place, path):
        if path in self.unreadable:
            raise Unavailable("cannot be read")
        data = self.files[place][path]
        for at in range(0, len(data), self.chunk):
            yield data[at : at + self.chunk]


def index_of(*, weights=b""):
    index = PrintIndex(KEY)
    blob = fingerprints(PLAN, KEY)
    index.add(asset=AssetId("ast_plan"), version=VersionId("ver_plan"), blob=blob)
    if weights:
        blob = file_prints([weights], KEY)
        index.add(asset=AssetId("ast_model"), version=VersionId("ver_model"), blob=blob)
    return index


def open_plainly(files):
    return open_exhibits(files, salt=b"a salt for tests")


def sweeper(shelf, *, index=None, clock=None, open_files=open_plainly, limits=None):
    return Sweeper(
        shelf,
        index or index_of(),
        find_keys=partial(find_keys, checksum_key=CHECKSUM_KEY),
        clock=clock or ManualClock(),
        open_files=open_files,
        limits=limits,
    )


def a_key(checksum_key=CHECKSUM_KEY):
    """A real key of this perimeter, or of another."""
    secret = new_secret(bytes(range(32)))
    return write_key(CredentialId("key_" + "a" * 26), secret, checksum_key).reveal()
