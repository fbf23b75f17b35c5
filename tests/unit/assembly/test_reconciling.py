"""How our facts become counts; nothing in flight may be called a difference."""

from dataclasses import replace

import pytest

from adyton.adapters.model_server import CONTEXT_TOKENS, parse_counters
from adyton.assembly.reconciling import fact_of, model_counts, shelf_counts
from adyton.gateway import Limits
from adyton.incident.records import Coverage, LogSource, SourceRow
from adyton.ledger.reconcile import Verdict, judge, reconcile
from adyton.terms import Entry, Unavailable

LIMITS = Limits()
AST, VER, OTHER = f"ast_{'a' * 26}", f"ver_{'b' * 26}", f"ver_{'c' * 26}"


class Record:
    def __init__(self):
        self.entries = []
        self.now = 1000
        self.copies = 0
        self.add("endpoint.defined", {"model": "m", "upstream": "up"}, asset="ast")

    def add(self, kind, body=None, /, **public):
        self.now += 1
        self.entries.append(
            Entry(
                index=len(self.entries),
                receipt="r",
                type=kind,
                writer="owner",
                counter=0,
                recorded_at_s=self.now,
                subjects=(),
                public=public,
                body=body,
            )
        )
        return self

    def start(self, session="ses_1", upstream="up"):
        self.add("model.started", {"upstream": upstream}, session=session, version=VER)
        return self.count(0, 0, "start", session=session)

    def count(self, prompt, generated, reason="time", *, after=None, session="ses_1"):
        return self.add(
            "model.counted",
            session=session,
            version=VER,
            reason=reason,
            after=len(self.entries) if after is None else after,
            prompt_tokens=prompt,
            generated_tokens=generated,
        )

    def intend(self, asset="ast"):
        self.copies += 1
        self.add("answer.intended", copy=f"cpy_{self.copies}", asset=asset)
        return self

    def close(self, tokens_in, tokens_out, copy=0):
        copy = copy or self.copies
        return self.add(
            "answer.closed", copy=f"cpy_{copy}", tokens_in=tokens_in, tokens_out=tokens_out
        )

    def judged(self):
        found = [judge(one) for one in model_counts(self.entries, LIMITS)]
        return {
            (one.count.what.removeprefix("model server: "), one.count.subject): one
            for one in found
            if one.verdict is not Verdict.UNKNOWN
        }

    def verdicts(self):
        return [one.verdict for one in self.judged().values()]

    def unknown(self):
        found = [judge(one) for one in model_counts(self.entries, LIMITS)]
        return [one.count.note for one in found if one.verdict is Verdict.UNKNOWN]


def test_equal_counts_agree_and_one_token_more_does_not():
    record = Record().start().intend().close(30, 8).count(30, 8)
    assert record.verdicts() == [Verdict.AGREES] * 2
    record.count(31, 8, "end")
    assert record.verdicts() == [Verdict.MORE, Verdict.AGREES]
    assert record.unknown() == []


def test_fewer_tokens_than_were_recorded_do_not_agree():
    record = Record().start().intend().close(30, 8).count(30, 7, "end")
    assert record.verdicts() == [Verdict.AGREES, Verdict.FEWER]


def test_an_answer_in_flight_is_no_difference_before_or_after_it_was_counted():
    for prompt, generated in ((0, 0), (30, 0), (30, 8)):
        record = Record().start().intend().count(prompt, generated)
        record.close(30, 8)
        assert record.verdicts() == [Verdict.AGREES] * 2


def test_an_answer_closed_while_the_server_was_asked_is_no_difference():
    record = Record().start().intend()
    asked = len(record.entries)
    record.close(30, 8).count(0, 0, after=asked)
    assert record.verdicts() == [Verdict.AGREES] * 2


def test_a_broken_off_answer_leaves_as_much_open_as_it_could_have_taken_and_no_more():
    most = (CONTEXT_TOKENS, LIMITS.answer_tokens)
    assert Record().start().intend().close(0, 3).count(*most).verdicts() == [Verdict.AGREES] * 2
    over = Record().start().intend().close(0, 3).count(most[0] + 1, most[1] + 1)
    assert over.verdicts() == [Verdict.MORE] * 2


def test_the_first_count_that_contradicts_says_since_when():
    record = Record().start().intend().close(30, 8).count(30, 8)
    quiet = record.now
    record.count(35, 8)
    stolen = record.now
    record.intend().close(30, 8).count(65, 16, "end")
    found = record.judged()["prompt tokens", "ses_1"]
    assert (found.verdict, found.by) == (Verdict.MORE, 5)
    assert (found.count.start_s, found.count.end_s) == (quiet, stolen)


def test_what_once_showed_more_is_hidden_by_no_answer_broken_off_later():
    record = Record().start().count(1500, 850)
    record.intend().close(0, 3).count(1600, 900, "end")
    assert record.verdicts() == [Verdict.MORE] * 2


def test_without_a_first_count_a_server_began_at_nothing():
    record = Record()
    record.add("model.started", {"upstream": "up"}, session="ses_1", version=VER)
    record.count(50_000, 0).count(50_000, 0, "end")
    assert record.verdicts() == [Verdict.MORE, Verdict.AGREES]


def test_answers_of_another_model_do_not_explain_what_this_server_did():
    record = Record()
    record.add("endpoint.defined", {"model": "n", "upstream": "elsewhere"}, asset="other")
    record.start().intend(asset="other").close(30, 8).count(30, 8, "end")
    assert record.verdicts() == [Verdict.MORE] * 2
    assert record.unknown() == ["their server shows us no counters"]


def test_an_asset_behind_two_servers_counts_for_either_and_is_asked_of_neither():
    record = Record()
    record.add("endpoint.defined", {"model": "n", "upstream": "two"}, asset="ast")
    record.start().start("ses_2", "two").intend().close(30, 8)
    record.count(30, 8, "end").count(0, 0, "end", session="ses_2")
    assert record.verdicts() == [Verdict.AGREES] * 4


def test_a_second_life_of_a_server_begins_at_nothing():
    record = Record().start().intend().close(30, 8).count(30, 8, "end")
    record.start("ses_2").intend().close(10, 2).count(10, 2, "end", session="ses_2")
    assert record.verdicts() == [Verdict.AGREES] * 4


def test_i6_a_server_killed_without_a_last_count_is_unknown_from_there_on():
    record = Record().start().intend().close(30, 8).count(30, 8)
    record.add("release.closed", session="ses_1", version=VER)
    assert record.verdicts() == [Verdict.AGREES] * 2
    assert record.unknown() == ["the server is running, or ended without a last count"] * 2


@pytest.mark.parametrize("page", [b"", b"llamacpp:prompt_tokens_total 1", b"\xff\x00 1\n" * 9])
def test_counters_that_cannot_be_read_are_unavailable(page):
    with pytest.raises(Unavailable):
        parse_counters(page)


# -- object stores -----------------------------------------------------------------------------


def shelf(kind, at, request="req_1", version=VER, **public):
    entry = Record().add(kind, version=version, request=request, **public).entries[-1]
    return Entry(
        **{name: getattr(entry, name) for name in Entry.__slots__ if name != "recorded_at_s"},
        recorded_at_s=at,
    )


RELEASE = [
    shelf("release.opened", 10_000, expires_at=20_000),
    shelf("checkout.read", 10_005),
    shelf("release.closed", 10_100),
]


def log(*reads, stated=True, malformed=0):
    rows = [
        SourceRow(
            cite=None,
            source="src_1",
            time_s=at,
            action=action,
            actor="a",
            object=f"{AST}/{version}/parts/0001",
            place="bucket",
            result=result,
            address="",
            asn="",
            country="",
            device="",
            agent="",
            mfa="",
            acl="",
        )
        for at, version, action, result in reads
    ]
    return LogSource(
        source="src_1",
        kind="object_store",
        entry=0,
        digest="",
        coverage=Coverage(start_s=0, end_s=50_000, stated=stated),
        skew_s=0,
        malformed=malformed,
        readable=True,
        rows=tuple(rows),
    )


def read(at, version=VER, action="object.read", result="ok"):
    return at, version, action, result


def shelf_verdicts(*logs):
    found = reconcile(shelf_counts(RELEASE, logs)).judged
    return [(one.verdict, one.by) for one in found]


def test_reads_of_sealed_parts_during_a_release_agree():
    assert shelf_verdicts(log(read(10_006), read(10_090))) == [
        (Verdict.AGREES, 0),
        (Verdict.AGREES, 0),
    ]


def test_a_read_of_sealed_parts_outside_every_release_was_never_logged():
    found = shelf_verdicts(log(read(10_006), read(30_000), read(30_001)))
    assert found == [(Verdict.AGREES, 0), (Verdict.MORE, 2)]


def test_a_read_of_a_version_that_nobody_released_was_never_logged():
    found = shelf_verdicts(log(read(10_006), read(10_006, OTHER)))
    assert (Verdict.MORE, 1) in found


def test_refused_reads_and_other_acts_are_not_reads():
    found = shelf_verdicts(
        log(read(10_006), read(30_000, result="denied"), read(30_000, action="object.written"))
    )
    assert found == [(Verdict.AGREES, 0), (Verdict.AGREES, 0)]


def test_a_release_that_a_whole_log_does_not_show_does_not_agree():
    assert shelf_verdicts(log()) == [(Verdict.FEWER, 1), (Verdict.AGREES, 0)]


@pytest.mark.parametrize("weak", [{"stated": False}, {"malformed": 2}])
def test_i6_a_log_that_nobody_calls_whole_is_unknown_and_still_accuses(weak):
    assert shelf_verdicts(log(**weak)) == [(Verdict.UNKNOWN, 0)]
    assert shelf_verdicts(log(read(10_006), **weak)) == [(Verdict.UNKNOWN, 0)]
    assert (Verdict.MORE, 1) in shelf_verdicts(log(read(30_000), **weak))


def test_i6_a_log_that_was_erased_is_unknown_and_says_so():
    erased = replace(log(), readable=False)
    (found,) = reconcile(shelf_counts(RELEASE, [erased])).judged
    assert (found.verdict, "erased" in found.count.note) == (Verdict.UNKNOWN, True)


def test_i6_no_log_at_all_is_unknown():
    assert shelf_verdicts() == [(Verdict.UNKNOWN, 0)]


def test_i8_the_fact_of_a_run_holds_counts_and_opaque_ids():
    run = reconcile(shelf_counts(RELEASE, [log(read(30_000))]))
    fact = fact_of(run, by="per_auditor")
    assert fact.body == {}
    assert fact.public["more"] == 1
    assert "bucket" not in str(fact.public)
    assert {one["subject"] for one in fact.public["differences"]} == {VER}
