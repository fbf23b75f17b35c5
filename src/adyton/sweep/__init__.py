"""Places to exposures; what was not scanned is listed.

Enters: places that an operator names (a folder, our own home, a temporary folder, the saved
configuration of an object store), the index of prints, the finder of our own keys.
Leaves: a `SweepResult` with exposures, how much was scanned, and every file that was not, with
the reason; by `record`, the facts `exposure.found` and `sweep.done`; by `project`, the tables
`exposures` and `sweeps`.

Promises: nothing outside of the given places is read and no link is followed (the `Places` port);
files are read in a stream, so that memory stays bounded; an unreadable, binary, oversized or slow
file is listed and never counted as clean (I6); an exposure of protected content carries spans and
share; the facts hold no path, name or content outside of their sealed bodies, and no found secret
at all.

Never: changing what it looks at; content that is nobody's asset; a person.

Container forms (archives, mail, JSON, HTML) are given to `open_files`, the jailed intake, if the
caller has one; without it they are listed as not scanned.
"""

from adyton.sweep.buckets import check_bucket
from adyton.sweep.exposures import (
    Exposure,
    ExposureKind,
    NotScanned,
    Place,
    PlaceKind,
    SweepResult,
)
from adyton.sweep.limits import SweepLimits
from adyton.sweep.ports import Found, FoundKind, Places
from adyton.sweep.recording import project, record
from adyton.sweep.sweeping import Sweeper

__all__ = [
    "Exposure",
    "ExposureKind",
    "Found",
    "FoundKind",
    "NotScanned",
    "Place",
    "PlaceKind",
    "Places",
    "SweepLimits",
    "SweepResult",
    "Sweeper",
    "check_bucket",
    "project",
    "record",
]
