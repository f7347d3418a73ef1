"""The state folder: made for its owner alone, and never reached through a planted link."""

import os
import stat
from pathlib import Path

from importer.errors import StateError


def make_state_dir(folder: Path) -> None:
    """Make the folder (0700) where it is missing, and refuse one that others could tamper with.

    Raises StateError when it is a link or no folder, belongs to somebody else, is writable by everybody, or can't be
    made.
    """
    try:
        # Path.mkdir would make missing parents as open as the umask lets it.
        for missing in [parent for parent in folder.absolute().parents if not parent.exists()][::-1]:
            missing.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise StateError(
            f"{folder}: the state folder can't be made: {error.strerror}. Give another --state-dir."
        ) from None
    if not stat.S_ISDIR(found.st_mode):
        raise StateError(f"{folder}: the state folder is a link or no folder. Give the real one as --state-dir.")
    if found.st_uid not in {os.geteuid(), 0}:
        raise StateError(
            f"{folder}: the state folder belongs to another user. Run as its owner or give another --state-dir."
        )
    if found.st_mode & stat.S_IWOTH:
        raise StateError(f"{folder}: everybody may write to the state folder. Close it: chmod 700 {folder}")


def refuse_link(path: Path) -> None:
    """Raise StateError when something other than a plain file, such as a link, lies at `path`."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StateError(f"{path}: can't be looked at: {error.strerror}") from None
    if not stat.S_ISREG(found.st_mode):
        raise StateError(f"{path}: is a link or no plain file; it is not touched. Find out who put it there.")
