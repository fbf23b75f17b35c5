"""How a perimeter begins: folders, keys, the owner organisation and its first operator."""

from pathlib import Path

from adyton.assembly.home import HomePaths, Initialised, lay_out
from adyton.assembly.perimeter import Perimeter


def init_home(home: str | Path, *, owner: str, operator: str) -> Initialised:
    """A new perimeter of the organisation `owner`, and the key of its first operator.

    Raises Conflict if the folder is in use.
    """
    paths = HomePaths.of(home)
    lay_out(paths)
    with Perimeter.open(paths) as perimeter:
        return perimeter.found(owner=owner, operator=operator)
