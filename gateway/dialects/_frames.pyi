from abc import ABCMeta

from gateway.dialects.frames import PlainSource

class Source(PlainSource, metaclass=ABCMeta): ...
