"""One server on one machine: its data folder, its settings, its certificate, its assembly."""
