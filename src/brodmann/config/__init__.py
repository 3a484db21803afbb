"""What may be asked for: the schema, the choices, and how a request becomes settings."""
