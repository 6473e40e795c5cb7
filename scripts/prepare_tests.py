"""Make this machine ready for the tests: programs, a Docker engine, base images.

What cannot be had is said in one line each; the tests that need it are then skipped, with the same reason.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import closing
from pathlib import Path

import docker
from docker.errors import DockerException

from start_engine import engine_answers, start_engine

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["chromium", "docker.io", "iptables", "busybox-static", "fonts-noto-cjk", "gettext", "docker-registry"]
BASE_IMAGES = ["redis:alpine", "python:3.7-alpine"]
PUBLIC_REGISTRY = ("registry-1.docker.io", 443)
MIRROR = "127.0.0.1:5555"  # where the stand-in registry listens


def main() -> None:
    """Prepare everything; never fail: the tests say what they miss."""
    install_system_packages()
    stand_in = None if public_registry_is_reachable() else stand_in_registry()
    if not engine_answers():
        print("Starting a Docker engine …", flush=True)
        problem = start_engine(f"http://{MIRROR}" if stand_in else None)
        if problem:
            print(f"Tests that need an engine are skipped: {problem}.")
            return
    offer_base_images(stand_in)


def install_system_packages() -> None:
    """Install Debian's packages that tests need and this machine lacks, if we may."""
    if not shutil.which("dpkg-query"):
        return
    missing = [name for name in PACKAGES if not is_installed(name)]
    if not missing:
        return
    if os.geteuid() != 0:
        print(f"Some tests will be skipped; for all of them: sudo apt install {' '.join(missing)}")
        return
    print(f"Installing {', '.join(missing)} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    if subprocess.run(install, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
        print("apt-get could not install them all; some tests will be skipped.")


def is_installed(package: str) -> bool:
    """Return whether dpkg has `package` installed."""
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout == "installed"


def public_registry_is_reachable() -> bool:
    """Return whether the registry of the well-known base images can be connected to."""
    try:
        with socket.create_connection(PUBLIC_REGISTRY, timeout=3):
            return True
    except OSError:
        return False


def stand_in_registry() -> Path | None:
    """Return the program that serves stand-ins for the base images, where this checkout has one beside it."""
    shared = Path(os.environ.get("COMPOSE_UI_SHARED") or ROOT.parent / "shared")
    program = shared / "tools" / "registry"
    return program if program.exists() else None


def offer_base_images(stand_in: Path | None) -> None:
    """Have the base images of the real input on the engine, pulled from wherever they can be had."""
    missing = [name for name in BASE_IMAGES if not pull(name)]
    if missing and stand_in:
        print("Starting a registry with stand-ins for the base images …", flush=True)
        subprocess.run([stand_in], stdout=subprocess.DEVNULL, check=False)
        missing = [name for name in missing if not pull(name) and not pull_from_stand_in(name)]
    if missing:
        print(f"Tests that need {', '.join(missing)} are skipped: the engine cannot pull them here.")


def pull(name: str) -> bool:
    """Return whether the engine has, or could pull, the image `name`."""
    try:
        with closing(docker.from_env(timeout=300)) as client:
            if not client.images.list(name=name):
                print(f"Pulling {name} …", flush=True)
                client.images.pull(name)
            return True
    except (DockerException, OSError):
        return False


def pull_from_stand_in(name: str) -> bool:
    """Pull `name` from the stand-in registry itself: an engine that was already running may not know it as a mirror."""
    repository, _, tag = name.partition(":")
    try:
        with closing(docker.from_env(timeout=300)) as client:
            return bool(client.images.pull(f"{MIRROR}/library/{repository}", tag=tag).tag(repository, tag))
    except (DockerException, OSError):
        return False


if __name__ == "__main__":
    main()
