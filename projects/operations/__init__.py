"""Operations: begun by people, run by a `Runner`, journalled, cancelled, resumed; and the bridge to the event loop."""

from projects.operations.beginning import begin, request_cancel
from projects.operations.carry import load_application, load_variables
from projects.operations.journal import journal_after, progress_of
from projects.operations.live import live_picture, live_watcher
from projects.operations.runner import Runner
from projects.operations.sentences import headline

__all__ = [
    "Runner",
    "begin",
    "headline",
    "journal_after",
    "live_picture",
    "live_watcher",
    "load_application",
    "load_variables",
    "progress_of",
    "request_cancel",
]
