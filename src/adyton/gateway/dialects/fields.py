"""Reading a hostile JSON body: once, by a closed schema, with errors that hold no value."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

import msgspec

from adyton.gateway.limits import Limits
from adyton.gateway.question import Message, Speaker
from adyton.terms import Malformed

T = TypeVar("T")
_PLACE = re.compile(r"at `\$\.?([A-Za-z0-9_.\[\]]{1,80})`", re.ASCII)


def read_object(body: bytes) -> dict[str, object]:
    """The JSON object in a body. Raises Malformed."""
    try:
        found: object = msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("body: not JSON") from error
    if not isinstance(found, dict):
        raise Malformed("body: not a JSON object")
    return found


def check_names(
    fields: Mapping[str, object], *, known: Collection[str], closed: Mapping[str, Sequence[object]]
) -> None:
    """Nothing, where every field is known and each closed one says nothing. Raises Malformed.

    `closed` holds fields that this perimeter does not serve, with the values that ask for nothing.
    A name that we do not know is not repeated: it is the caller's text.
    """
    for name, harmless in closed.items():
        value = fields.get(name)
        if value is not None and not any(_same(value, other) for other in harmless):
            raise Malformed(f"field {name}: not served here", mend="leave it out")
    if not fields.keys() <= set(known) | closed.keys():
        raise Malformed("body: a field that is not served here", mend="leave it out")


def _same(value: object, other: object) -> bool:
    return type(value) is type(other) and value == other


def convert(fields: Mapping[str, object], form: type[T]) -> T:
    """The fields as a typed form. Raises Malformed with the place."""
    try:
        return msgspec.convert(fields, form)
    except (msgspec.ValidationError, RecursionError) as error:
        place = _PLACE.search(str(error))
        where = f"field {place.group(1)}" if place else "body"
        raise Malformed(f"{where}: missing, of the wrong type, or not served here") from error


class TextPart(msgspec.Struct, tag_field="type", tag="text"):
    """A part of a message that is text; every other kind of part is refused."""

    text: str


def text_of(content: str | list[TextPart] | None) -> str:
    """The text of a message's content."""
    if content is None:
        return ""
    return content if isinstance(content, str) else "".join(part.text for part in content)


def check_conversation(messages: Sequence[Message], limits: Limits) -> tuple[Message, ...]:
    """The messages, where there is one at least and not too many. Raises Malformed."""
    if not any(message.speaker is not Speaker.SYSTEM for message in messages):
        raise Malformed("field messages: empty")
    if len(messages) > limits.messages:
        raise Malformed("field messages: too many")
    return tuple(messages)


def check_stop(texts: Sequence[str], name: str, limits: Limits) -> tuple[str, ...]:
    """The stop texts, where they are not too many. Raises Malformed."""
    if len(texts) > limits.stop_texts:
        raise Malformed(f"field {name}: too many")
    return tuple(texts)
