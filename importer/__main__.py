"""`python -m importer` is the same program as the `importer` script."""

from importer.cli import main

if __name__ == "__main__":
    main()
