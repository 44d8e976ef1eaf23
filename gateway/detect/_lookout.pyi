from array import array

from gateway.detect.automaton import Automaton

class Tables:
    def __init__(self, automaton: Automaton) -> None: ...

def scan(text: str, folded: str, state: array[int], automaton: Automaton) -> None: ...
