"""A process that has loaded the program once and forks for each command that a test types: the same program, at once.

    python tests/nursery.py SOCKET

What is forked is a process like any other: its own folder, environment, descriptors, signals and exit code. Only what
happens while Python starts is not done anew; what depends on that starts it (see `program.needs_start`).
"""

import importlib
import json
import os
import signal
import socket
import struct
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import importer.__main__
import importer.cli

SIZE = struct.Struct("!I")


def read_message(connection: socket.socket) -> Any:  # noqa: ANN401  # whatever JSON was sent
    """Give one JSON message: its length in bytes, then itself."""
    (length,) = SIZE.unpack(_read(connection, SIZE.size))
    return json.loads(_read(connection, length))


def send_message(connection: socket.socket, message: object) -> None:
    """Send one JSON message."""
    text = json.dumps(message).encode()
    connection.sendall(SIZE.pack(len(text)) + text)


def _read(connection: socket.socket, length: int) -> bytes:
    got = b""
    while len(got) < length:
        piece = connection.recv(length - len(got))
        if not piece:
            raise EOFError("whoever asked has gone")
        got += piece
    return got


def main(address: str) -> None:
    """Load everything, then serve until the socket's folder is gone or stdin ends."""
    for name in importer.cli.COMMANDS:
        importlib.import_module(f"importer.commands.{name}")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            connection, _ = server.accept()
            if os.fork() == 0:
                server.close()
                _look_after(connection)
            connection.close()


def _look_after(connection: socket.socket) -> NoReturn:
    """Fork the program, tell its process number, wait for its end, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    wanted = read_message(connection)
    child = os.fork()
    if child == 0:
        connection.close()
        _become(wanted)
    try:
        send_message(connection, child)
        _, status = os.waitpid(child, 0)
        send_message(connection, os.waitstatus_to_exitcode(status))
    finally:
        os._exit(0)


def _become(wanted: dict[str, Any]) -> NoReturn:
    """Be the program that was asked for."""
    os.setsid()
    os.chdir(wanted["cwd"])
    os.environ.clear()
    os.environ.update(wanted["env"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    out, err = (os.open(wanted[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) for name in ("out", "err"))
    for ours, theirs in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(ours, theirs)
        os.close(ours)
    sys.argv = ["importer", *wanted["words"]]
    sys.path[0] = wanted["cwd"]
    code: object = 0
    try:
        importer.__main__.main()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001  # as the interpreter does, for the test to see
        traceback.print_exc()
        code = 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = 120
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main(str(Path(sys.argv[1])))
