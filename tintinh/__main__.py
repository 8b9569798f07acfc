"""`python -m tintinh` is the installed command."""

from tintinh.cli import main

main()
