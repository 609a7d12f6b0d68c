"""`python -m certwright_operator`."""

from certwright_operator.cli import main

if __name__ == "__main__":
    main()
