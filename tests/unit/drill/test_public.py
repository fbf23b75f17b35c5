from adyton.drill.dice import Dice
from adyton.drill.public import paragraphs, public_paragraphs


def test_there_is_enough_public_prose():
    assert len(paragraphs()) > 25
    assert all(len(one.split()) >= 12 for one in paragraphs())
    assert not any(">>>" in one for one in paragraphs())


def test_more_than_there_are_may_be_asked_for():
    count = len(paragraphs()) + 5
    assert len(public_paragraphs(Dice("public"), count)) == count
