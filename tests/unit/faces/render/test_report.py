"""The report's page: whole in itself, escaped, readable."""

import re

import pytest

from adyton.faces.render import render_report
from adyton.faces.render.chart import timeline_chart
from adyton.faces.render.report import parts_of, percent, utc
from tests.unit.incident.test_report import reported
from tests.unit.incident.world import World


@pytest.fixture(scope="module")
def report():
    return reported(World())


@pytest.fixture(scope="module")
def page(report):
    return render_report(report)


def test_the_page_needs_nothing_from_anywhere_else(page):
    assert "<script" not in page
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!#)", page)
    assert "@import" not in page
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_every_sentence_of_the_report_stands_on_the_page_with_its_cites(report, page):
    for section in report["sections"]:
        assert section["title"] in page
    for entry in report["cited"]:
        assert re.search(rf">{entry}(?::\d+)?</a>", page), entry


def test_the_page_shows_verdict_bars_timeline_and_actions(report, page):
    assert '<h1 class="leak">Leak</h1>' in page
    assert page.count("<svg") == 2
    for pathway in report["pathways"]:
        assert f"{percent(pathway['p_ppm'])}" in page
    assert "tag verified" in page
    assert "tag instructed" in page


def test_ids_are_short_with_the_whole_id_and_its_label_beside(report, page):
    copy = report["copies"][0]["id"]
    assert f'title="{copy}"' in page
    assert "lea&#39;s copy" in page


def test_what_an_enemy_wrote_is_shown_and_never_run(report):
    evil = "<script>alert(1)</script>"
    hostile = {**report, "purpose": evil, "labels": {report["case"]: evil}}
    hostile["sections"] = [{"id": "x", "title": evil, "sentences": [{"text": evil, "cites": [1]}]}]
    page = render_report(hostile)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 4


def test_the_same_report_gives_the_same_page(report, page):
    assert render_report(report) == page


def test_a_report_without_events_or_copies_is_still_a_page(report):
    empty = {**report, "timeline": [], "copies": [], "actions": [], "persons": [], "epsilon": {}}
    assert "Nobody is accused" in render_report(empty)


def test_events_spread_over_their_time_in_one_lane_per_log():
    chart = timeline_chart(
        [
            {"t": 100, "lane": "idp", "text": "in"},
            {"t": 300, "lane": "post", "text": "posted"},
            {"t": 200, "lane": "ours", "text": "issued"},
        ]
    )
    assert [name for name, _ in chart.lanes] == ["our record", "sign-ins", "post"]
    by_text = {dot.text: dot for dot in chart.dots}
    assert by_text["in"].x < by_text["issued"].x < by_text["posted"].x
    assert len({dot.y for dot in chart.dots}) == 3
    assert timeline_chart([]) is None


def test_one_event_alone_is_drawn_too():
    assert timeline_chart([{"t": 5, "lane": "odd", "text": "x"}]).lanes == (("odd", 16),)


def test_times_and_shares_read_like_people_write_them():
    assert utc(0) == "not known"
    assert utc(1795507200) == "2026-11-24 08:00:00 UTC"
    assert utc(2**60) == "out of range"
    assert percent(123_456) == "12.3 %"


def test_only_whole_opaque_ids_are_cut_out_of_a_text():
    whole = "cpy_" + "a" * 26
    parts = parts_of(f"Copy {whole} and cpy_short.", {whole: "L"})
    assert [(part.text, part.label) for part in parts] == [
        ("Copy ", ""),
        ("cpy_aaaaaa…", "L"),
        (" and cpy_short.", ""),
    ]
