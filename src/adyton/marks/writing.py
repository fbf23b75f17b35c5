"""Writes a master out: for prints (no mark), or as the marked copy of one recipient."""

from collections.abc import Callable

from adyton.marks.code import code_bit, fact_value, pilot_values, slot_biases
from adyton.marks.fact_values import shapes, write_value
from adyton.marks.layout import Choice, FactPlace, Layout, read_master
from adyton.marks.visible import write_line
from adyton.terms import CopyId, Secret, VersionId

DEFAULT_LABEL = "its recipient"
_FRONT_MATTER = "---\n"


def render_master(master: str) -> str:
    """The text without any mark: first wordings, neutral details. This is what prints see.

    Raises Malformed for a malformed master.
    """
    return _written(
        read_master(master), lambda _choice: 0, lambda place: shapes()[place.kind].neutral
    )


def mark_text(
    master: str,
    *,
    key: Secret[bytes],
    version: VersionId,
    copy: CopyId,
    label: str = DEFAULT_LABEL,
) -> str:
    """The copy of `master` for one recipient; the same arguments give the same bytes for ever.

    Code, quotations, links and headings stay byte for byte, but for slots that the author put
    there. Raises Malformed for a malformed master or label.
    """
    layout = read_master(master)
    pilots = pilot_values(key, version=version, choices=layout.choices, pilots=layout.pilot_count)
    code_slots = [slot for slot in range(layout.choices) if slot not in pilots]
    biases = slot_biases(key, version=version, slots=code_slots)

    def wording(choice: Choice) -> int:
        if choice.slot in pilots:
            return pilots[choice.slot]
        return code_bit(key, version=version, copy=copy, slot=choice.slot, bias=biases[choice.slot])

    def detail(place: FactPlace) -> str:
        return write_value(place.kind, fact_value(key, version=version, copy=copy, slot=place.slot))

    line = write_line(label, key=key, version=version, copy=copy)
    return _headed(_written(layout, wording, detail), line)


def _written(
    layout: Layout, wording: Callable[[Choice], int], detail: Callable[[FactPlace], str]
) -> str:
    out: list[str] = []
    for piece in layout.pieces:
        match piece:
            case Choice():
                out.append(piece.wordings[wording(piece)])
            case FactPlace():
                out.append(detail(piece))
            case _:
                out.append(piece.text)
    return "".join(out)


def _headed(text: str, line: str) -> str:
    """The line goes first, but behind front matter, which must stay first to be read as such."""
    if text.startswith(_FRONT_MATTER):
        end = text.find("\n" + _FRONT_MATTER, len(_FRONT_MATTER) - 1)
        if end >= 0:
            cut = end + 1 + len(_FRONT_MATTER)
            return f"{text[:cut]}\n{line}\n\n{text[cut:]}"
    return f"{line}\n\n{text}"
