"""The audit log on disk: hash-chained JSON lines in segments, a signed head beside them.

disk.py      the few system calls the log needs; the seam where tests count and fail them
keys.py      the Ed25519 key that signs heads, and the public key that checks them
note.py      signed notes (C2SP)
head.py      the signed head, and the signed tombstone that a purge leaves
chain.py     one line: how a record is sealed into the chain, how a line is opened
segment.py   the files a log is made of, and their lines
writer.py    appends, rotates, recovers; one thread, one process
files.py     AuditLog: what the gateway awaits; many appends, one fsync
sinks.py     Sinks: what other packages offer beside the log
verify.py    finds every edit, deletion, swap, insertion and cut
purge.py     retention
reader.py    reads records: last, by id, by time, as they come
export.py    records as CSV
"""

from gateway.adapters.audit.files import AuditLog
from gateway.adapters.audit.reader import records_of
from gateway.adapters.audit.sinks import Sinks

__all__ = ["AuditLog", "Sinks", "records_of"]
