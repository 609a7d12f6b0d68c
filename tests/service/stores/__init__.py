"""What every store promises, run against each of them, and what is particular to one."""
