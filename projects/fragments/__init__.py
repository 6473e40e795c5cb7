"""The pieces of pages that are pushed over websockets: each is an element with a stable id, swapped out of band.

Every function returns HTML in the active language. A fragment holds state, not deltas: sent twice it changes
nothing, and the page that embeds it shows the same.
"""

from projects.fragments.actions import action_bar
from projects.fragments.operation import (
    no_notices,
    operation_changes,
    operation_current,
    operation_facts,
    operation_panel,
    waiting_bar,
)
from projects.fragments.preview import down_preview, up_preview
from projects.fragments.project import engine_banner, project_row, project_state, seen, services_table

__all__ = [
    "action_bar",
    "down_preview",
    "engine_banner",
    "no_notices",
    "operation_changes",
    "operation_current",
    "operation_facts",
    "operation_panel",
    "project_row",
    "project_state",
    "seen",
    "services_table",
    "up_preview",
    "waiting_bar",
]
