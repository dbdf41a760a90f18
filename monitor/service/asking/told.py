"""Who is told about a patient: the own contacts, and whom the clinic names where a role lacks."""

from collections.abc import Callable, Sequence

from monitor.domain.outcome import Role
from monitor.store.contacts import Contact

# Says of a channel's URL whether it can be tried; None: yes, and nobody knows what arrives.
Opens = Callable[[str], bool | None]


def filled_by_clinic(
    own: Sequence[Contact], clinic: Sequence[Contact], opens: Opens
) -> list[Contact]:
    """List those of the clinic's contacts that are told about a patient with such own ones.

    A role lacks where no own contact of it is known to be reached. Operators hear of everybody.
    """
    if not clinic:
        return []
    filled = {one.role for one in own if opens(one.channel)}
    named = {(one.role, one.name) for one in own}
    return [
        one
        for one in clinic
        if one.role not in filled
        or (one.role == Role.OPERATOR and (one.role, one.name) not in named)
    ]
