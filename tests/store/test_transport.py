"""How a server is reached: doctor says whether others can read what is sent to it."""

import pytest

from monitor.store import engine as database
from monitor.store.servers import describe_server
from tests.postgresql import needs_postgresql

pytestmark = needs_postgresql


@pytest.mark.parametrize(
    ("mode", "doubt"),
    [("disable", "what is sent can be read on the way"), ("prefer", "can be read on the way")],
)
def test_doctor_says_how_a_server_elsewhere_is_reached(clinic, mode, doubt):
    # the same server under a name that is not this machine's: what is asked of it is real
    url = clinic.url.set(host="server.example").update_query_dict(
        {"hostaddr": "127.0.0.1", "sslmode": mode}
    )
    elsewhere = database.open_engine(url)
    with database.reading(elsewhere) as connection:
        words, doubts = describe_server(connection)
    elsewhere.dispose()

    assert f"no TLS, sslmode {mode}" in words
    assert [doubt in one and "add ?sslmode=verify-full to the URL" in one for one in doubts] == [
        True
    ]


def test_a_server_on_this_machine_is_not_asked_for_tls(clinic):
    with database.reading(clinic) as connection:
        words, doubts = describe_server(connection)

    assert (words.endswith("on this machine"), doubts) == (True, [])
