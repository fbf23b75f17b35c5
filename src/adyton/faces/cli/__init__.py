"""The command line `adyton`: words in, one operation, a few lines or one JSON document out.

Enters: arguments, files, the terminal. Leaves: results on standard output (`--json`: exactly one
document), messages and progress on standard error, an exit code from the one table.

Promises: every command acts as the holder of a credential, never as "the shell"; an error is one
line that says what happened and what to do; no traceback; progress only on a terminal. Never:
rules of a part, a second way to an operation.
"""

from adyton.faces.cli.main import run

__all__ = ["run"]
