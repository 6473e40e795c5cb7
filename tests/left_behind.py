"""What terminals began in a container and may have left there."""

from __future__ import annotations

from docker.models.containers import Container

from projects.services.terminals import MARK

SCRIPT = f"grep -l {MARK} /proc/[0-9]*/environ 2>/dev/null; true"


def left_behind(container: Container) -> list[str]:
    """Return the environments of the processes in the container that a terminal began."""
    output = container.exec_run(["sh", "-c", SCRIPT]).output
    assert isinstance(output, bytes)
    return output.decode().split()
