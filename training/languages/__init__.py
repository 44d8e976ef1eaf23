"""How the language model is made."""
