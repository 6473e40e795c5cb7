"""The project directory on disk: safe paths, bounded reads, atomic writes, uploads, trash.

Nothing else in the product touches the files of a project. People edit them by hand, with git and with the CLI as
well; so nothing is cached, and a change that somebody else made is never overwritten silently.
"""

from projects.workspace.files import FileContent, Workspace
from projects.workspace.listing import FileEntry, Listing
from projects.workspace.stamps import Stamp, stamps
from projects.workspace.trash import Kept, create_project_directory, kept, restore, trash_project

__all__ = [
    "FileContent",
    "FileEntry",
    "Kept",
    "Listing",
    "Stamp",
    "Workspace",
    "create_project_directory",
    "kept",
    "restore",
    "stamps",
    "trash_project",
]
