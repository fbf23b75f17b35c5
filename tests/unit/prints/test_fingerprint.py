import re
from pathlib import Path

from adyton.prints import PrintKey, answer_prints, background_prints, fingerprints
from adyton.prints.normal import normalise
from adyton.prints.places import print_text
from adyton.terms import Secret
from tests.unit.prints.prose import KEY, prose


def test_answers_take_less_than_the_text():
    text = prose("answer", 500)
    assert len(answer_prints(text, KEY)) < len(text)
    assert len(fingerprints(text, KEY)) > len(answer_prints(text, KEY))


def test_background_does_not_tell_which_texts_or_in_which_order():
    one, other = prose("one", 60), prose("other", 60)
    assert background_prints([one, other], KEY) == background_prints([other, one, one], KEY)


def test_a_text_of_another_script_is_a_blob_all_the_same():
    assert fingerprints("\u4e2d\u6587" * 50, KEY).startswith(b"ADYP")
    assert background_prints([], KEY).startswith(b"ADYP")


def test_the_documented_example_holds():
    page = Path(__file__).parents[3] / "docs" / "formats" / "prints.md"
    text = " ".join(page.read_text(encoding="utf-8").split())
    key = PrintKey(Secret(bytes(range(32))))
    master = re.search(r"the normal form of `(.*?)` is `(.*?)`", text)
    item, told = re.search(r"words item is `(.*?)`, whose hash is `(.*?)`", text).groups()
    assert normalise(master[1]).symbols.tobytes().decode() == master[2]
    assert key.hashes(b"words", [item.encode()]).hex() == told
    first = print_text(master[1], key, shingles=True).hashes[0]
    assert f"{first:012x}" == told
