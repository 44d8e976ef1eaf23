from gateway.detect.network import NetworkWeights
from gateway.detect.verdicts import Decoding

class Layers:
    width: int
    room: int
    def __init__(self, weights: NetworkWeights, decoding: Decoding, reach: int) -> None: ...
