"""A real server to try the importer on: both calls, sign-in, limits and faults over loopback, kept in SQLite.

It stands apart: it knows the contact and the errors, nothing else of the importer, and only commands know it.
"""

from typing import TYPE_CHECKING

from importer.sandbox.options import SandboxOptions

if TYPE_CHECKING:
    from starlette.applications import Starlette

__all__ = ["SandboxOptions", "create_app", "serve"]


def serve(options: SandboxOptions) -> None:
    """Serve on 127.0.0.1 until a signal, or the end of stdin with `watch_stdin`; blocks.

    Prints one line when ready, `ready http://127.0.0.1:PORT`. Raises SettingsError for a port that can't be had and
    StateError for a store that can't be used.
    """
    from importer.sandbox import server  # noqa: PLC0415  # who only starts the process never loads a web server

    server.serve(options)


def create_app(options: SandboxOptions) -> "Starlette":
    """Give the ASGI application; its store is opened here and closed when its lifespan ends.

    A cut needs the server of `serve`: elsewhere it is answered 500.
    Raises StateError for a store that can't be used.
    """
    from importer.sandbox import app  # noqa: PLC0415  # who only starts the process never loads a web server

    return app.create_app(options)
