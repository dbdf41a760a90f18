"""The policy that a running service goes by: read anew before each pass."""

from collections.abc import Callable

from monitor import policy
from monitor.bootstrap import settings
from monitor.domain.reminders.policy import Policy
from monitor.errors import MonitorError

Note = Callable[[str], None]  # takes what a person should hear of, beside the answers


class PolicyInUse:
    """The site's policy as it was last without a fault: who edits it need not restart anything."""

    def __init__(self, begun_with: Policy, db: str | None, note: Note) -> None:
        self.policy = begun_with
        self._db = db
        self._note = note
        self._fault = ""  # said once: a log that repeats itself is not read

    def read_anew(self) -> Policy:
        """Read it; where it cannot be used, the former one goes on, and that is said."""
        try:
            found = policy.load(settings(self._db).policy)
        except MonitorError as fault:
            if str(fault) != self._fault:
                self._fault = str(fault)
                self._note(f"monitor: the former policy goes on: {self._fault}")
            return self.policy
        if self._fault or found.digest != self.policy.digest:
            self._note("monitor: the policy was read anew")
        self.policy, self._fault = found, ""
        return found
