"""Training and evaluation of the entity model."""
