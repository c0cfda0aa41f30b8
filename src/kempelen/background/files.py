"""Removes the bytes of files that the database has let go of: of disposed HITs, and unused ones."""

import structlog

from kempelen import blobs
from kempelen.operations import sweeping
from kempelen.operations.app import App

_log = structlog.get_logger("kempelen.files")


def remove_dropped(app: App) -> int:
    """Remove what was dropped, bytes first, rows after them; returns how many files.

    Rows of files whose bytes could not be removed stay, and the next run tries again.
    """
    removed = 0
    while keys := sweeping.dropped_files(app):
        try:
            store = blobs.uploads(app.settings.blobs_location)
            for key in keys:
                store.remove(key)
        except blobs.BlobError as error:
            _log.error("files are not removed", reason=str(error))
            break
        sweeping.forget_files(app, keys)
        removed += len(keys)
    return removed
