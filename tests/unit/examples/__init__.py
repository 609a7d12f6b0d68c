"""The examples as they stand: what they say, and what programs that read them make of it."""
