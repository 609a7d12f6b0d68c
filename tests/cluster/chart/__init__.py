"""The Helm chart: what it renders, what the API server says of that, and what it refuses."""
