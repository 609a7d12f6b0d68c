"""Who signs leaf certificates: adapters of the `Signer` port."""
