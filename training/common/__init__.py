"""What the training of several models shares: names, places, the data manifest."""
