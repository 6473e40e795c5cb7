"""The planner: pure functions from files, state and options to a Plan. This module is the way in to all of them."""

from projects.compose.plan_down import plan_down, plan_kill, plan_pause, plan_stop, plan_unpause
from projects.compose.plan_images import image_references, plan_images, wanted_services
from projects.compose.plan_oneoff import plan_oneoff
from projects.compose.plan_options import (
    BuildOptions,
    DownOptions,
    KillOptions,
    PauseOptions,
    PullOptions,
    PushOptions,
    RemoveOptions,
    RestartOptions,
    RunOptions,
    StartOptions,
    StopOptions,
    UpOptions,
)
from projects.compose.plan_orphans import orphans_of, plan_orphans
from projects.compose.plan_remove import plan_remove, removable
from projects.compose.plan_restart import plan_restart, plan_start
from projects.compose.plan_transfer import plan_build, plan_pull, plan_push
from projects.compose.plan_up import plan_up
from projects.compose.port_conflicts import PortConflict, port_conflicts

__all__ = [
    "BuildOptions",
    "DownOptions",
    "KillOptions",
    "PauseOptions",
    "PortConflict",
    "PullOptions",
    "PushOptions",
    "RemoveOptions",
    "RestartOptions",
    "RunOptions",
    "StartOptions",
    "StopOptions",
    "UpOptions",
    "image_references",
    "orphans_of",
    "plan_build",
    "plan_down",
    "plan_images",
    "plan_kill",
    "plan_oneoff",
    "plan_orphans",
    "plan_pause",
    "plan_pull",
    "plan_push",
    "plan_remove",
    "plan_restart",
    "plan_start",
    "plan_stop",
    "plan_unpause",
    "plan_up",
    "port_conflicts",
    "removable",
    "wanted_services",
]
