from adyton.watch.windows import History
from tests.unit.watch.log import DAY_S, NOW_S, Log


def at(*times):
    log = Log()
    for time in times:
        log.add("x", time)
    return History.of(log.entries, NOW_S)


def indexes(entries):
    return [entry.index for entry in entries]


def test_every_second_is_in_exactly_one_window():
    history = at(NOW_S - DAY_S, NOW_S - DAY_S + 1, NOW_S, NOW_S + 1, NOW_S - 2 * DAY_S)
    assert indexes(history.window(0)) == [1, 2]
    assert indexes(history.window(1)) == [0]
    assert indexes(history.window(2)) == [4]


def test_earlier_views_see_nothing_later_than_their_end():
    history = at(NOW_S, NOW_S - DAY_S, NOW_S - 3 * DAY_S)
    earlier = list(history.earlier())
    assert [indexes(one.window(0)) for one in earlier] == [[1], [2]]
    assert [one.end_s for one in earlier] == [NOW_S - DAY_S, NOW_S - 3 * DAY_S]


def test_a_window_is_worked_out_once():
    calls = []

    def work(entries):
        calls.append(len(entries))
        return len(entries)

    history = at(NOW_S, NOW_S - DAY_S, NOW_S - 2 * DAY_S)
    assert history.each(work) == [1, 1, 1]
    assert [one.each(work) for one in history.earlier()] == [[1, 1], [1]]
    assert len(calls) == 3


def test_no_entries_are_an_empty_window():
    assert indexes(at().window(0)) == []
    assert list(at().earlier()) == []
