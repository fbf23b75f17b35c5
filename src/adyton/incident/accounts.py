"""Sign-ins that do not look like the person whose login they used.

A traveller (new country, own device), a new laptop (own network, second factor) and failed
sign-ins are not strange. Strange is what is new *and* came in without a passkey, against the
login's own habits outside the stretch looked at.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from adyton.incident.records import Cite, SourceRow

KIND: Final = "idp"
ENTRANCES: Final = frozenset({"signin.ok", "token.refreshed", "mfa.skipped"})
STRANGE_POINTS: Final = 900
"""From here a sign-in counts as strange; a new device with a code alone stays below."""
NEW_DEVICE: Final = 700
NEW_NETWORK: Final = 400
NEW_COUNTRY: Final = 300
NO_FACTOR: Final = 700
ONE_TIME_CODE: Final = 100
RESET_BEFORE: Final = 500
GUESSED_BEFORE: Final = 200
MOST_POINTS: Final = 2400
RESET_WINDOW_S: Final = 24 * 3600
GUESS_WINDOW_S: Final = 3600
GUESSES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Strange:
    """A sign-in that was not the person's usual self, what was new about it, and its points."""

    row: SourceRow
    signs: tuple[str, ...]
    points: int
    cites: tuple[Cite, ...]

    @property
    def is_foreign(self) -> bool:
        """Strange enough to speak of somebody else at the keyboard."""
        return self.points >= STRANGE_POINTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What a login usually signs in with. `empty` where the log says nothing of it."""

    devices: frozenset[str]
    networks: frozenset[str]
    countries: frozenset[str]
    empty: bool


def entered(row: SourceRow) -> bool:
    """True for a sign-in (or a renewed token) that worked."""
    return row.action in ENTRANCES and row.result != "denied"


def habits(rows: Sequence[SourceRow], start_s: int) -> Habits:
    """Devices, networks and countries that are the person's own.

    Own is what signed in with a passkey at any time, or was there before the stretch began and not
    without a second factor (whoever broke in looks round first); where nobody ever showed one,
    whatever was there before; if the log holds none of these, what signed in most.
    """
    entrances = [row for row in rows if entered(row)]
    before = [row for row in entrances if row.time_s < start_s]
    shown = [row for row in before if not _without_factor(row)]
    own = [row for row in entrances if row.mfa == "passkey"] + shown or before
    if not own and entrances:
        counts = Counter(row.device for row in entrances)
        (device, times), *rest = counts.most_common(2)
        if not rest or times > rest[0][1]:
            own = [row for row in entrances if row.device == device] if rest else []
    return Habits(
        devices=frozenset(row.device for row in own if row.device),
        networks=frozenset(row.asn for row in own if row.asn),
        countries=frozenset(row.country for row in own if row.country),
        empty=not own,
    )


def strange_signins(
    rows: Sequence[SourceRow], *, login: str, start_s: int, end_s: int
) -> tuple[Strange, ...]:
    """What was strange about a login's sign-ins in a stretch, the strangest first."""
    mine = [row for row in rows if row.actor == login]
    usual = habits(mine, start_s)
    others: frozenset[str] = frozenset()
    if usual.empty:
        others = frozenset(row.asn for row in rows if row.actor != login and row.asn)
    found = [
        judged
        for row in mine
        if entered(row) and start_s <= row.time_s <= end_s
        if (judged := _judge(row, mine, usual, others)) is not None
    ]
    return tuple(sorted(found, key=lambda one: (-one.points, one.row.cite)))


def _judge(
    row: SourceRow, mine: Sequence[SourceRow], usual: Habits, others: frozenset[str]
) -> Strange | None:
    if row.mfa == "passkey" or (row.device and row.device in usual.devices):
        return None
    signs: list[tuple[str, int]] = []
    if not usual.empty and row.device:
        signs.append(("a device not seen before", NEW_DEVICE))
    networks = others if usual.empty else usual.networks
    if row.asn and row.asn not in networks:
        signs.append(("a network not seen before", NEW_NETWORK))
    if row.country and not usual.empty and row.country not in usual.countries:
        signs.append(("a country not seen before", NEW_COUNTRY))
    if not signs:
        return None
    if _without_factor(row):
        signs.append(("no second factor", NO_FACTOR))
    elif row.mfa:
        signs.append(("no passkey", ONE_TIME_CODE))
    before, cites = _before(row, mine)
    signs.extend(before)
    points = min(MOST_POINTS, sum(weight for _, weight in signs))
    return Strange(
        row=row, signs=tuple(text for text, _ in signs), points=points, cites=(row.cite, *cites)
    )


def _without_factor(row: SourceRow) -> bool:
    return row.mfa == "none" or row.action == "mfa.skipped"


def _before(
    row: SourceRow, mine: Sequence[SourceRow]
) -> tuple[list[tuple[str, int]], tuple[Cite, ...]]:
    """A reset of the second factor, or a burst of failures, shortly before."""
    resets = _earlier(row, mine, "mfa.reset", RESET_WINDOW_S)
    guesses = _earlier(row, mine, "signin.failed", GUESS_WINDOW_S)
    signs: list[tuple[str, int]] = []
    cites: list[Cite] = []
    if resets:
        signs.append(("second factor reset shortly before", RESET_BEFORE))
        cites.extend(one.cite for one in resets)
    if len(guesses) >= GUESSES:
        signs.append(("several failed sign-ins shortly before", GUESSED_BEFORE))
        cites.extend(one.cite for one in guesses[:GUESSES])
    return signs, tuple(cites)


def _earlier(
    row: SourceRow, mine: Sequence[SourceRow], action: str, window_s: int
) -> list[SourceRow]:
    return [
        one for one in mine if one.action == action and 0 <= row.time_s - one.time_s <= window_s
    ]


def failed_signins(
    rows: Sequence[SourceRow], *, login: str, start_s: int, end_s: int
) -> tuple[SourceRow, ...]:
    """Sign-ins of a login that failed in a stretch: attempts, not entrances."""
    return tuple(
        row
        for row in rows
        if row.actor == login and start_s <= row.time_s <= end_s
        if row.action == "signin.failed" or (row.action in ENTRANCES and row.result == "denied")
    )


def shared_devices(rows: Sequence[SourceRow], *, login: str) -> tuple[SourceRow, ...]:
    """Sign-ins of other logins from a device that this login uses too."""
    devices = {row.device for row in rows if row.actor == login and entered(row) and row.device}
    return tuple(
        row for row in rows if row.actor != login and entered(row) and row.device in devices
    )
