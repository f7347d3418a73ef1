"""Fetches published packages through the clients of their registries, as the environment has them configured.

Nothing is kept: each run fetches anew into a folder of its own.
"""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

SECONDS = 240


def fetch_pypi(name: str, version: str, folder: Path) -> Path:
    """Give the folder of a source distribution, unpacked. Skips the test where no registry can be reached."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    return _unpacked(f"{name} {version}", [*pip, f"{name}=={version}"], folder, ".tar.gz")


def fetch_npm(name: str, version: str, folder: Path) -> Path:
    """Give the folder of an npm package, unpacked. Skips the test where npm or its registry can't be reached."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, so its packages can't be fetched")
    return _unpacked(f"{name} {version}", [npm, "pack", "--silent", f"{name}@{version}"], folder, ".tgz")


def _unpacked(what: str, command: list[str], folder: Path, ending: str) -> Path:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"{what} could not be fetched within {SECONDS} s: no package registry answers")
    archives = list(folder.glob(f"*{ending}"))
    if done.returncode or len(archives) != 1:
        pytest.skip(f"{what} could not be fetched (exit {done.returncode}): no package registry has it here")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (top,) = (folder / "unpacked").iterdir()
    return top
