"""`lorasurgery`, and `python -m lorasurgery`."""

from lorasurgery.cli.main import main

if __name__ == "__main__":
    main()
