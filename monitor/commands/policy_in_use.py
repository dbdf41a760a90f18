"""The policy that a running service goes by: read anew before each pass."""

from monitor import policy
from monitor.bootstrap import settings
from monitor.commands.render import note
from monitor.domain.reminders.policy import Policy
from monitor.errors import MonitorError


class PolicyInUse:
    """The site's policy as it was last without a fault: who edits it need not restart anything."""

    def __init__(self, begun_with: Policy, db: str | None) -> None:
        self.policy = begun_with
        self._db = db
        self._fault = ""  # said once: a log that repeats itself is not read

    def read_anew(self) -> Policy:
        """Read it; where it cannot be used, the former one goes on, and that is said."""
        try:
            found = policy.load(settings(self._db).policy)
        except MonitorError as fault:
            if str(fault) != self._fault:
                self._fault = str(fault)
                note(f"monitor: the former policy goes on: {self._fault}")
            return self.policy
        if self._fault or found.digest != self.policy.digest:
            note("monitor: the policy was read anew")
        self.policy, self._fault = found, ""
        return found
