from hypothesis import given
from hypothesis import strategies as st

from adyton.sweep.windows import windows


@given(
    st.text(st.characters(codec="utf-8"), max_size=400),
    st.integers(1, 50),
    st.integers(8, 64),
    st.integers(0, 7),
)
def test_windows_cover_the_text_and_know_their_place(text, chunk, size, overlap):
    data = text.encode()
    chunks = [data[at : at + chunk] for at in range(0, len(data), chunk)]
    covered = 0
    for window in windows(chunks, window_bytes=size, overlap_bytes=overlap):
        assert window.start <= covered
        assert text[window.start : window.start + len(window.text)] == window.text
        covered = window.start + len(window.text)
    assert covered == len(text)


def test_bytes_that_are_no_utf8_are_read_all_the_same():
    (window,) = windows([b"caf\xe9 au lait"], window_bytes=100, overlap_bytes=10)
    assert window.text == "caf\u00e9 au lait"
