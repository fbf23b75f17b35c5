"""The HTTP API: operations, and the ledger's files for those who audit.

Enters: `POST /call/<operation>` with JSON and a bearer credential; `GET /ledger/…`. Leaves: the
operation's answer, or a problem from the one table; the tlog-tiles files byte for byte.

Promises: one handler for all operations; the same answers on the Unix socket in the home and on
the API's port; a body over the limit is refused before it is read whole. Never: rules of its own.
"""

from adyton.faces.api.app import ApiServer, make_api

__all__ = ["ApiServer", "make_api"]
