"""Written fakes that several tests share: time, randomness and a store that fails on demand."""
