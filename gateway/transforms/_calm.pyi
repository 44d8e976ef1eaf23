from abc import ABCMeta

from gateway.transforms.guarded import PlainChannel

class Channel(PlainChannel, metaclass=ABCMeta): ...

def is_plain(whole: str, floor: int, marks: bytes, starts: frozenset[str]) -> bool: ...
