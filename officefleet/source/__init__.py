"""Reading what people write: YAML with places, typed Jinja, secrets."""
