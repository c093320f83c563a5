"""Whether anybody has changed a log behind our back: every hash is computed anew, from the first event to the last.

Whoever owns the database can write what they like, but not so that it fits: an event that is changed, taken out, put
in or moved breaks the chain; events cut off at the end do not fit the length and hash that the head remembers. Somebody
who computes the whole chain anew, the head included, is found out by a head that was noted down elsewhere before: the
daily job writes it to the worker's own log, and `tidings audit verify` prints it and takes it back (`--head`).
"""

from hashlib import sha256
from typing import Final

from core.audit.repository import NOTHING, AuditRepository
from core.audit.types import Head, Verdict
from core.kit.principal import Principal

PAGE: Final = 2000
_EMPTY: Final = Head(0, NOTHING)


async def verified(repository: AuditRepository, principal: Principal, noted: Head | None = None) -> Verdict:
    """What is wrong with the log of the principal's organisation, if anything. `noted` is a head from earlier."""
    head, last = await repository.head()
    here = principal.organization_id
    if head is None:
        return Verdict(here, _EMPTY, 1, "The end of the log is not on record.") if last else Verdict(here, _EMPTY)
    previous, sequence = NOTHING, 0
    while sequence < head.length:
        links = await repository.chain(after=sequence, last=head.length, limit=PAGE)
        for link in links:
            sequence += 1
            if link.sequence != sequence:
                return Verdict(here, head, sequence, "The event is missing.")
            previous = sha256(previous + link.text).digest()
            if link.hash != previous:
                return Verdict(here, head, sequence, "The event, or its place, was changed.")
            if noted is not None and noted.length == sequence and noted.hash != previous:
                return Verdict(here, head, sequence, "The log was another one when this was noted.")
        if not links:
            return Verdict(here, head, sequence + 1, "The event is missing at the end.")
    if previous != head.hash:
        return Verdict(here, head, head.length, "The last event is not the one on record.")
    if last > head.length:
        return Verdict(here, head, head.length + 1, "The event is beyond the end on record.")
    if noted is not None and noted.length > head.length:
        return Verdict(here, head, head.length + 1, "The log was longer when this was noted.")
    return Verdict(here, head)
