"""How a perimeter begins: folders, keys, the owner organisation and its first operator."""

from pathlib import Path

from adyton.adapters import home_files
from adyton.assembly.config import Config
from adyton.assembly.home import HomePaths, Initialised, check_free, lay_out


def init_home(home: str | Path, *, owner: str, operator: str) -> Initialised:
    """A new perimeter of the organisation `owner`, and the key of its first operator.

    Raises Conflict if a place is in use. What fails on the way leaves nothing behind.
    """
    # Clients import this module as well, without the server's packages.
    from adyton.assembly.perimeter import Perimeter  # noqa: PLC0415

    paths = HomePaths.of(home)
    check_free(paths)
    try:
        lay_out(paths)
        with Perimeter.open(paths) as perimeter:
            return perimeter.found(owner=owner, operator=operator)
    except BaseException:
        # All three were free, so all that lies there is ours.
        for place in (paths.root, paths.head(Config()).parent, paths.witness(Config())):
            home_files.remove(place)
        raise
