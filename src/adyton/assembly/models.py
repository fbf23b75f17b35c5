"""Model servers: those that we start from the vault, and those of the settings."""

from pathlib import Path

from adyton.adapters import home_files
from adyton.adapters.model_server import ModelHandle, ModelServer
from adyton.adapters.upstream import HttpUpstream, Target
from adyton.assembly.config import Config
from adyton.terms import (
    Clock,
    Conflict,
    Entropy,
    Misconfigured,
    Missing,
    Refused,
    Secret,
    SessionId,
)
from adyton.vault import Purpose, Vault


class Models:
    """The upstreams of the gateway. Servers that we started end with `stop_all`."""

    def __init__(self, *, vault: Vault, config: Config, clock: Clock, entropy: Entropy) -> None:
        self._vault = vault
        self._clock = clock
        self._entropy = entropy
        self._running: dict[str, tuple[ModelServer, ModelHandle]] = {}
        self.upstream = HttpUpstream(
            {
                name: Target(base_url=one.url, key=key_in(one.key_file), model=name)
                for name, one in config.upstreams.items()
            }
        )

    def start(self, session: SessionId, *, name: str) -> ModelHandle:
        """Start the model of an open `serve` session as the upstream `name`.

        Its weights go from the vault into sealed memory, block by block. Raises Refused for
        another purpose, Conflict where the name is running, Unavailable if it does not start.
        """
        if name in self._running:
            raise Conflict("this model is running", mend="nothing to do")
        opened = self._vault.session(session)
        if opened.purpose is not Purpose.SERVE:
            raise Refused("this session is not for serving", mend="request one for serve")
        if len(opened.files) != 1:
            raise Refused("these weights are not one GGUF file", mend="protect a single file")
        file = opened.files[0]
        server = ModelServer(clock=self._clock, entropy=self._entropy)
        handle = server.start(
            self._vault.stream(session, file.path), size_bytes=file.size_bytes, alias=name
        )
        self._running[name] = (server, handle)
        address = f"http://127.0.0.1:{handle.port}"
        self.upstream.use(name, Target(base_url=address, key=handle.key, model=name))
        return handle

    def running(self) -> dict[str, ModelHandle]:
        """The servers that we started, by upstream name."""
        return {name: handle for name, (_, handle) in self._running.items()}

    def stop_all(self) -> None:
        """End the servers that we started."""
        while self._running:
            self._running.popitem()[1][0].stop()


def key_in(file: str) -> Secret[str]:
    """The key of a configured upstream; empty where it has none. Raises Misconfigured."""
    if not file:
        return Secret("")
    try:
        return Secret(home_files.read_small(Path(file), limit_bytes=4096).decode("ascii").strip())
    except (Missing, UnicodeDecodeError) as error:
        raise Misconfigured(
            "config.toml: an upstream's key_file holds no key", mend="restore it, or mend the path"
        ) from error
