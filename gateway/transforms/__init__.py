"""What stands in for a value, and how the value comes back."""
