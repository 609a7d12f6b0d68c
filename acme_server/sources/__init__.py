"""Where profiles and credentials come from: a folder of documents."""
