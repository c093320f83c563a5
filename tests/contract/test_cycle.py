"""How answers get out: together, in order, and never with a line that somebody smuggled in."""

import asyncio

import pytest

from core.contract.cycle import Outbox
from core.contract.exchange import header_line


class Wire(asyncio.Transport):
    """A connection that remembers what was written to it."""

    def __init__(self, written: list[bytes]) -> None:
        super().__init__()
        self._written = written
        self._is_closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._written.append(bytes(data))

    def close(self) -> None:
        self._is_closing = True

    def is_closing(self) -> bool:
        return self._is_closing


async def test_answers_of_one_turn_go_out_at_its_end_in_their_order() -> None:
    written: list[bytes] = []
    outbox = Outbox(asyncio.get_running_loop())
    one, two = Wire(written), Wire(written)
    for wire, data in ((one, b"1"), (two, b"2"), (one, b"3")):
        outbox.put(wire, data)
    assert written == []
    await asyncio.sleep(0)
    assert written == [b"1", b"2", b"3"]


async def test_an_answer_waits_for_no_more_than_31_others() -> None:
    written: list[bytes] = []
    outbox = Outbox(asyncio.get_running_loop())
    for _ in range(33):
        outbox.put(Wire(written), b"x")
    assert len(written) == 32
    await asyncio.sleep(0)
    assert len(written) == 33


async def test_whoever_writes_past_the_outbox_can_send_what_waits_before() -> None:
    written: list[bytes] = []
    outbox = Outbox(asyncio.get_running_loop())
    wire = Wire(written)
    outbox.put(wire, b"1")
    outbox.flush()
    wire.write(b"2")
    await asyncio.sleep(0)
    assert written == [b"1", b"2"]


async def test_a_connection_that_went_away_costs_its_neighbours_nothing() -> None:
    written: list[bytes] = []
    outbox = Outbox(asyncio.get_running_loop())
    gone = Wire(written)
    outbox.put(gone, b"1")
    outbox.put(Wire(written), b"2")
    gone.close()
    await asyncio.sleep(0)
    assert written == [b"2"]


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b", "a\nb", "a\rb", "a\0b", "a\x7fb"])
def test_a_header_cannot_begin_another_one(value: str) -> None:
    with pytest.raises(ValueError, match="the header Location holds a control character"):
        header_line("Location", value)


def test_a_header_is_a_line_with_its_name_in_lower_case() -> None:
    assert header_line("Location", "/v2/things/ä\t1") == b"location: /v2/things/\xe4\t1"
