"""Ports that are taken, forbidden or not ours."""

import os
import socket
from contextlib import closing

import pytest

from core.cli.ports import PortUnavailable, inherited, listen, origin


def test_a_port_in_use_names_the_setting_that_chose_it() -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortUnavailable, match=f"port {port} on 127.0.0.1 is in use .* set TIDINGS_PORT"):
            listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(PortUnavailable, match=r"this machine has no address 192\.0\.2\.1"):
        listen("192.0.2.1", 0)


def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(PortUnavailable, match=r"the name nowhere\.invalid has no address"):
        listen("nowhere.invalid", 0)


def test_a_descriptor_that_is_no_socket_is_refused() -> None:
    reading, writing = os.pipe()
    try:
        with pytest.raises(PortUnavailable, match="no socket was handed down"):
            inherited(reading)
    finally:
        os.close(reading)
        os.close(writing)


def test_a_socket_is_handed_down_by_its_number() -> None:
    with closing(listen("127.0.0.1", 0)) as ours, closing(inherited(os.dup(ours.fileno()))) as theirs:
        assert theirs.getsockname() == ours.getsockname()
        assert theirs.family == socket.AF_INET


def test_the_origin_of_every_address_is_this_machine() -> None:
    with closing(listen("0.0.0.0", 0)) as everywhere:
        assert origin(everywhere) == f"http://127.0.0.1:{everywhere.getsockname()[1]}"
