"""A witness as a second machine would run it: a process of its own, with the base install alone."""

import contextlib
import json
import subprocess
import sys

SERVER_PACKAGES = (
    *("aiohttp", "cedarpy", "duckdb", "httptools", "jinja2", "numpy", "starlette", "uvicorn"),
    *("uvloop", "bandit", "xllamacpp", "openai", "anthropic"),
)
BASE_ONLY = f"""
import sys

class Barred:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {SERVER_PACKAGES!r}:
            raise ImportError(name + " is not in the base install")

sys.meta_path.insert(0, Barred())
from adyton.__main__ import main
sys.exit(main())
"""


def base_only(*words):
    """A command line of a machine on which no package of the server is installed."""
    return [sys.executable, "-c", BASE_ONLY, *map(str, words)]


def run(*words):
    """Output of a command, which must succeed."""
    done = subprocess.run(  # noqa: S603 - our own program
        base_only(*words), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextlib.contextmanager
def serving(folder, *words):
    """While inside: the witness in `folder` serves; gives its URL. Ends with exit code 0."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        base_only("witness", "serve", "--dir", folder, "--port", 0, "--json", *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        text = ""
        while "}" not in text:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            text += line
        yield json.loads(text)["url"]
    finally:
        process.terminate()
        _, said = process.communicate(timeout=30)
    assert "Traceback" not in said
    assert process.returncode == 0
