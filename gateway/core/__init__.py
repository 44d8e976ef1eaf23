"""The words of the product: plain data, protocols, JSON pointers, errors. Imports nothing of the rest."""
