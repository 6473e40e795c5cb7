"""The progress words of the reference and of the engine, as sentences that can be translated."""

from __future__ import annotations

from collections.abc import Mapping

from projects.compose.messages import Message

WORDS: Mapping[str, Message] = {
    str(message): message
    for message in (
        # images and their layers
        Message("Pulling"),
        Message("Pulled"),
        Message("Interrupted"),
        Message("Pushing"),
        Message("Pushed"),
        Message("Layer already exists"),
        Message("Preparing"),
        Message("Pulling fs layer"),
        Message("Waiting"),
        Message("Downloading"),
        Message("Verifying Checksum"),
        Message("Download complete"),
        Message("Extracting"),
        Message("Pull complete"),
        Message("Already exists"),
        # builds and their steps
        Message("Building"),
        Message("Built"),
        Message("Sending build context"),
        Message("Using cache"),
        Message("Failed"),
        # networks, volumes, containers
        Message("Creating"),
        Message("Created"),
        Message("Recreate"),
        Message("Recreated"),
        Message("Starting"),
        Message("Started"),
        Message("Running"),
        Message("Healthy"),
        Message("Unhealthy"),
        Message("Exited"),
        Message("Completed"),
        Message("Restarting"),
        Message("Restarted"),
        Message("Stopping"),
        Message("Stopped"),
        Message("Pausing"),
        Message("Paused"),
        Message("Unpausing"),
        Message("Unpaused"),
        Message("Killing"),
        Message("Killed"),
        Message("Removing"),
        Message("Removed"),
        Message("Connecting"),
        Message("Connected"),
        Message("Disconnected"),
        Message("Skipped"),
        Message("Resource is still in use"),
        Message("Cancelled"),
        Message("Error"),
    )
}

# What a task says that was worked on and turned out to be done.
FINISHED: Mapping[str, str] = {
    "Pulling": "Pulled",
    "Interrupted": "Pulled",
    "Downloading": "Pull complete",
    "Verifying Checksum": "Pull complete",
    "Download complete": "Pull complete",
    "Extracting": "Pull complete",
    "Building": "Built",
    "Creating": "Created",
    "Recreate": "Recreated",
    "Starting": "Started",
    "Restarting": "Restarted",
    "Stopping": "Stopped",
    "Pausing": "Paused",
    "Unpausing": "Unpaused",
    "Killing": "Killed",
    "Removing": "Removed",
    "Connecting": "Connected",
}
