"""What is long on a real node: many Certificates, outages while they come, and renewals."""
