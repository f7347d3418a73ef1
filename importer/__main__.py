"""Where the program begins, as `importer` and as `python -m importer`: it heeds signals before it loads the rest."""

from importer.signals import leave_on_signals


def main() -> None:
    """Run the command line and leave with its exit code."""
    leave_on_signals()
    from importer import cli  # noqa: PLC0415  # loading it takes time, in which a signal may come

    cli.main()


if __name__ == "__main__":
    main()
