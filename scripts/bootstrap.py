"""``make run``, ``make test``, ``make check`` ...: prepare this directory, then start what was asked for.

Runs with the system's Python and its standard library alone. A Python too old for the project still has to read this
file, in order to say so: hence the plain syntax here, while the modules beside it need not hold back.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NEWER_NAMES = ["python3.14", "python3.13", "python3.12", "python3.11"]


def use_a_new_enough_python():
    # type: () -> None
    """Start again with a newer Python of this machine where this one is too old; say what to do where there is none."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER_NAMES:
        path = shutil.which(name)
        if path and runs_and_is_new_enough(path):
            os.execv(path, [path] + sys.argv)  # noqa: RUF005 - Python 3.7 has to parse this
    found = ".".join(str(part) for part in sys.version_info[:3])
    sys.exit(
        "Compose UI needs Python 3.11 or newer; this is Python " + found + " (" + sys.executable + ").\n"
        "Install a newer one (Debian/Ubuntu: apt install python3.11; macOS: brew install python@3.12) "
        "or name it: make run PYTHON=/path/to/python3.11"
    )


def runs_and_is_new_enough(path):
    # type: (str) -> bool
    """Return whether `path` really is such a Python: version managers leave names behind that lead nowhere."""
    code = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.call([path, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def main():
    # type: () -> None
    """Run the target named on the command line."""
    use_a_new_enough_python()
    import targets

    targets.main(sys.argv[1:])


if __name__ == "__main__":
    main()
