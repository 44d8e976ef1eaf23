"""What other compiled modules ask `gateway.detect._odd`."""

cdef bint has_code_run(str text)
