"""`python -m core.cli` is the command `tidings`."""

from core.cli import main

if __name__ == "__main__":
    main()
