"""What the documentation says is so: links, commands, documents, values, names and sentences."""
