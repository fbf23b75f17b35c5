"""The model proxy: the OpenAI and Anthropic wire in front of `gateway`.

Enters: HTTP/1.1 on a listener of its own. Leaves: what an exchange commands, byte for byte.

Promises: one coroutine drives one exchange to its end, also when the caller hangs up or the
server stops; ledger and upstream are awaited, never skipped; errors by the table of problems;
what an exchange refuses by the head alone is answered before the server has made a task of it;
refusals take a bounded share of the loop's time, and what is beyond waits in a bounded line.
Never: a decision; a header of the upstream's; an access log.
"""

from adyton.faces.proxy.application import ProxyApplication
from adyton.faces.proxy.server import ProxyServer, serve_proxy

__all__ = ["ProxyApplication", "ProxyServer", "serve_proxy"]
