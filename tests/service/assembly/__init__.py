"""What every server is put together from."""
