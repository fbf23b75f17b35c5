"""The composition root: reads the settings, names the adapters, joins the parts.

Enters: a home folder and a credential. Leaves: a `Perimeter` with every part in place, and a
`Caller`, the one way in which a program acts on it: operation name, parameters, answer.

Promises: one process owns a home (a file lock); a caller reaches that owner over the Unix socket
in the home, or, when nobody owns it, opens the home itself for one call. Every operation is
authenticated as a person and asked of the gatekeeper before it does anything. The settings are
read once, here. This is the only place that names an adapter.

Never: presentation, rules of a part, a second way to the same end.

The names below are the client side and load without the server's packages; `perimeter`,
`operations` and `listening` are the owner's side.
"""

from adyton.assembly.caller import Caller, connect
from adyton.assembly.config import Config, read_config
from adyton.assembly.founding import init_home
from adyton.assembly.home import HomePaths, Initialised

__all__ = [
    "Caller",
    "Config",
    "HomePaths",
    "Initialised",
    "connect",
    "init_home",
    "read_config",
]
