"""What was measured, each with a command: `python -m benchmarks NAME`. The figures stand in docs/numbers.md."""
