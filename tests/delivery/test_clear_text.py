"""Clinical detail over a line that others may read is asked about."""

import pytest

from tests.delivery.ward import patient_lines

CLEAR = [
    "smtp://mail.example.org/?from=a@example.org&to=b@example.org",
    "webhook+http://example.org/x",
    "json://example.org/x",
    "jsons://example.org/x?verify=no",
    "syslog://",
]
ENCRYPTED = [
    "smtps://mail.example.org/?from=a@example.org&to=b@example.org",
    "webhook+https://example.org/x",
    "jsons://example.org/x",
    "webhook+http://127.0.0.1/x",
    "console:",
]


def add(url: str, *options: str) -> str:
    return f"contact add P-1 --role nurse --name N --channel '{url}' {' '.join(options)}"


@pytest.mark.parametrize("url", CLEAR)
def test_private_detail_in_the_clear_needs_a_confirmation(url, ward):
    ward.load(patient_lines())

    code, _, err = ward.monitor(add(url, "--private"))

    assert code == 2
    assert "--confirm" in err
    ward.type(add(url, "--private", "--confirm"))


@pytest.mark.parametrize("url", ENCRYPTED)
def test_an_encrypted_line_or_one_of_this_machine_is_not_asked_about(url, ward):
    ward.load(patient_lines())

    ward.type(add(url, "--private"))


@pytest.mark.parametrize("url", CLEAR)
def test_a_fixed_sentence_may_go_in_the_clear(url, ward):
    ward.load(patient_lines())

    ward.type(add(url))
