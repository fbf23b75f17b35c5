"""Samples for detectors: a log written by hand, in days counted back from now."""

from itertools import pairwise

from adyton.terms import Entry, ReceiptId

NOW_S = 1_800_000_000
DAY_S = 86_400
KB = 1024


class Log:
    """Facts of use; `day` 0 is the current window, 1 the one before."""

    def __init__(self):
        self.entries = []

    def add(self, kind, at_s, **public):
        index = len(self.entries)
        self.entries.append(
            Entry(
                index=index,
                receipt=ReceiptId(f"rct_{index}"),
                type=kind,
                writer="owner",
                counter=index,
                recorded_at_s=at_s,
                subjects=(),
                public=public,
                body=None,
            )
        )

    def refused(self, person="", reason="hidden", name="", day=0, **more):
        public = {"person": person, "reason": reason, "model_digest": name, **more}
        self.add("request.refused", when(day), **public)

    def took(self, person, size_bytes, day=0, parts=4):
        for part in range(parts):
            at_s = when(day) + 60 * part
            self.add("answer.closed", at_s, recipient=person, bytes_out=size_bytes // parts)

    def issued(self, person, size_bytes, day=0):
        self.add("copy.issued", when(day), recipient=person, size_bytes=size_bytes)

    def asked(self, person, client="", day=0, hour=9, credential=""):
        self.request(person, when(day, hour), client=client, credential=credential)

    def request(self, person, at_s, *, client="", credential="", tokens_in=100, size_bytes=900):
        who = {"recipient": person, "credential": credential or f"key_{person}", "client": client}
        self.add("answer.intended", at_s, **who)
        self.add("answer.closed", at_s + 1, **who, tokens_in=tokens_in, bytes_out=size_bytes)

    def program(self, person, *, every_s=60, times=30, day=0, start_s=0, jitter=(0,), **sizes):
        at_s = when(day, 1) + start_s
        for number in range(times):
            self.request(person, at_s, client=f"client of {person}", **sizes)
            at_s += every_s + jitter[number % len(jitter)]


def when(day, hour=9):
    return NOW_S - (day + 1) * DAY_S + hour * 3600


def increasing(numbers):
    return all(first < second for first, second in pairwise(numbers))
