"""Lists what an installation from the given locks would download, with sizes; installs nothing.

It asks pip, with the settings that pip has on this machine, which file it would take for each
locked package, and then only for that file's size. What is installed already is not listed.
"""

import importlib.metadata
import logging
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pip._internal.commands.install import InstallCommand
from pip._internal.exceptions import PipError
from pip._internal.models.link import Link
from pip._internal.network.session import PipSession
from pip._internal.req import parse_requirements
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._vendor.requests.exceptions import RequestException

OPTIONS = ["--only-binary", ":all:", "--require-hashes"]
MEGABYTE = 1_000_000


def installed(name: str) -> str | None:
    """The version of `name` in this environment, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def size_of(link: Link, session: PipSession) -> int | None:
    """The file's size in bytes; None if the server does not tell."""
    if link.is_file:
        return Path(unquote(urlsplit(link.url).path)).stat().st_size
    answer = session.head(
        link.url_without_fragment, headers={"Accept-Encoding": "identity"}, allow_redirects=True
    )
    answer.raise_for_status()
    length = answer.headers.get("content-length")
    return int(length) if length else None


def shown(size: int | None) -> str:
    """`size` for a reader."""
    return "unknown" if size is None else f"{size / MEGABYTE:.2f} MB"


def listed(locks: list[str]) -> tuple[list[int | None], int]:
    """Print a line for each file to download; their sizes, and how many are installed already."""
    command = InstallCommand("install", "")
    options, _ = command.parse_args(OPTIONS)
    sizes, kept = [], 0
    with command.main_context():
        session = command.enter_context(command.get_default_session(options))
        finder = command._build_package_finder(options, session)  # noqa: SLF001 - no public way
        wanted = [
            install_req_from_parsed_requirement(parsed)
            for lock in locks
            for parsed in parse_requirements(lock, session, finder, options)
        ]
        for requirement in sorted(wanted, key=lambda one: one.name):
            if not requirement.match_markers():
                continue
            version = next(iter(requirement.specifier)).version
            if installed(requirement.name) == version:
                kept += 1
                continue
            best = finder.find_best_candidate(
                requirement.name, requirement.specifier, requirement.hashes(trust_internet=False)
            ).best_candidate
            if best is None:
                raise LookupError(f"{requirement.name} {version}: no wheel, or no index answered")
            sizes.append(size_of(best.link, session))
            print(f"{requirement.name:<24} {version:<18} {shown(sizes[-1]):>12}", flush=True)
    return sizes, kept


def main(locks: list[str]) -> int:
    """Print the list and the total; give the exit code."""
    logging.disable(logging.WARNING)  # pip's remarks on its own settings
    try:
        sizes, kept = listed(locks)
    except LookupError as problem:
        print(problem, file=sys.stderr)
        return 1
    except (PipError, RequestException) as problem:
        print(f"The package index did not answer ({type(problem).__name__}).", file=sys.stderr)
        return 1
    known = sum(size for size in sizes if size is not None)
    print(f"{f'{len(sizes)} packages to download':<43} {shown(known):>12}")
    if None in sizes:
        print(f"and {sizes.count(None)} of unknown size")
    print(f"{kept} packages are installed already; nothing was installed.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
