"""``python -m benchmarks [GROUP …]``: take the figures, one line each; without a group all, and write them down."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence

from benchmarks import idle, loading, logs, pages, report, stage, startup, up, verbs, viewers
from benchmarks.figures import Figure, NotTaken

STAGED: dict[str, Sequence[Callable[[stage.Stage], Sequence[Figure | NotTaken]]]] = {
    "memory": [startup.memory],
    "up": [up.figures],
    "idle": [idle.figures],
    "pages": [pages.first_load, pages.project_page],
    "list": [pages.list_page],
    "logs": [logs.figures],
    "viewers": [viewers.figures],
}
ALONE: dict[str, Callable[[], Sequence[Figure | NotTaken]]] = {
    "startup": startup.figures,
    "loading": loading.figures,
    "verbs": verbs.figures,
}
GROUPS = [*ALONE, *STAGED]


def main(wanted: Sequence[str]) -> int:
    """Print each figure as it is taken; return the exit status: 1 when a goal was missed."""
    if unknown := set(wanted) - set(GROUPS):
        sys.exit(f"There is no group {', '.join(sorted(unknown))}; there are: {', '.join(GROUPS)}")
    if sys.platform != "linux":
        sys.exit("The figures are taken from /proc: they need Linux.")
    taken: list[Figure | NotTaken] = []
    for figure in take(wanted or GROUPS):
        print(figure, flush=True)
        taken.append(figure)
    if not wanted:
        report.write(taken)
        print(f"written down in {report.PAGE.relative_to(report.ROOT)}")
    return int(any(isinstance(figure, Figure) and not figure.met for figure in taken))


def take(groups: Sequence[str]) -> Iterator[Figure | NotTaken]:
    """Yield the figures of the groups."""
    for name, take_figures in ALONE.items():
        if name in groups:
            yield from take_figures()
    staged = [measure for name in STAGED if name in groups for measure in STAGED[name]]
    if not staged:
        return
    with stage.set_up() as ready:
        for measure in staged:
            yield from measure(ready)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
