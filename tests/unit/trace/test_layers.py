from adyton.terms import CopyId
from adyton.trace.layers import same_copy
from tests.unit.marks.leaks import copies


def test_a_misread_id_is_the_same_copy_and_another_is_not():
    one, two = copies(2)
    misread = CopyId(one[:8] + "xx" + one[10:])
    assert same_copy(misread, one)
    assert not same_copy(two, one)
    assert not same_copy(CopyId(one[:-1]), one)
