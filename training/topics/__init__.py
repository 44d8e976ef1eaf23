"""How the topic model was made: corpus, generator, training, evaluation."""
