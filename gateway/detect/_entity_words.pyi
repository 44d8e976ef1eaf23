from gateway.detect.network import NetworkWeights
from gateway.detect.words import Vocabulary

class Learner:
    width: int
    def __init__(self, vocabulary: Vocabulary, weights: NetworkWeights) -> None: ...

class Table:
    def __init__(self, learner: Learner) -> None: ...
