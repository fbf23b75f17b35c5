"""What the exhibits say of their own way: forwards, archives, links, times.

All of it lies in the poster's hand and may be planted; it weighs a little for a pathway and never
lifts a person.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from adyton.incident.records import Post
from adyton.incident.sources import iso_time_s
from adyton.intake import Exhibit, Intake

ARCHIVES: Final = frozenset({"zip", "tar", "compressed"})
FORWARD_KEYS: Final = ("forwarded_from", "forward_origin", "resent-from")
OWNER_KEYS: Final = ("owner", "author")
PLACE_KEYS: Final = ("url", "link", "source_url")
FORWARD_LINE: Final = re.compile(
    r"^\W{0,10}(forwarded[ _]from\b|forwarded message\b|begin forwarded message|"
    r"(?:subject:\s*)?fwd?:|original message\b)",
    re.IGNORECASE | re.MULTILINE,
)
POSTED_LINE: Final = re.compile(
    r"\b(?:posted|date|sent|uploaded)[^0-9\n]{0,20}"
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?\s?(?:Z|UTC|[+-]\d\d:?\d\d))",
    re.IGNORECASE,
)
URL: Final = re.compile(r"\b(?:https?|s3|gs)://[^\s<>\"'()\[\]]{1,500}")
TEXT_LIMIT_CHARS: Final = 200_000


def post_of(intake: Intake, *, posted_at_s: int = 0) -> Post:
    """The post's own account of its way. A given time of posting stands as it is."""
    texts = [segment.text[:TEXT_LIMIT_CHARS] for segment in intake.segments]
    told = [
        *(exhibit.provenance for exhibit in intake.exhibits),
        *(segment.provenance for segment in intake.segments),
    ]
    stated = [
        *(exhibit.times.posted_s for exhibit in intake.exhibits),
        *(segment.posted_s for segment in intake.segments),
        *(_iso(found) for text in texts for found in POSTED_LINE.findall(text)),
    ]
    forwards = [
        *_values(told, FORWARD_KEYS),
        *(text for text in _values(told, ("subject",)) if FORWARD_LINE.match(text)),
        *(found.group(1) for text in texts for found in FORWARD_LINE.finditer(text)),
        *_mailed_archives(intake.exhibits),
    ]
    links = (url for text in texts for url in URL.findall(text))
    return Post(
        posted_at_s=posted_at_s,
        times=tuple(sorted({time for time in stated if time})),
        forwards=_once(forwards),
        members=_once(_members(intake.exhibits)),
        owners=_once(_values(told, OWNER_KEYS)),
        places=_once([*_values(told, PLACE_KEYS), *links]),
    )


def settle_time(post: Post, *, not_before_s: int) -> Post:
    """The post with its time: the earliest stated one at which the content existed outside.

    A time before the copy was issued is no time of this post.
    """
    if post.posted_at_s:
        return post
    later = [time for time in post.times if time >= not_before_s]
    return replace(post, posted_at_s=min(later, default=0))


def _members(exhibits: Iterable[Exhibit]) -> Iterator[str]:
    forms = {exhibit.id: exhibit.form for exhibit in exhibits}
    for exhibit in exhibits:
        if exhibit.parent is not None and forms.get(exhibit.parent) in ARCHIVES:
            yield exhibit.name


def _mailed_archives(exhibits: Iterable[Exhibit]) -> Iterator[str]:
    """An archive that came inside of a mail which passed servers was sent on by somebody."""
    mails = {
        exhibit.id
        for exhibit in exhibits
        if exhibit.form == "mail" and any(key.startswith("received.") for key in exhibit.provenance)
    }
    for exhibit in exhibits:
        if exhibit.parent in mails and exhibit.form in ARCHIVES:
            yield "mailed archive"


def _values(provenance: Iterable[Mapping[str, str]], keys: tuple[str, ...]) -> list[str]:
    return [one[key] for one in provenance for key in keys if one.get(key)]


def _iso(text: str) -> int:
    return iso_time_s(text.replace(" UTC", "Z").replace("UTC", "Z")) or 0


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
