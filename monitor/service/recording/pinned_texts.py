"""The texts of protocols that a file brings with it, because its courses follow them."""

import hashlib

from sqlalchemy import Connection

from monitor import protocols
from monitor.domain.protocol import Protocol
from monitor.errors import BadOption, ProtocolError, Refused
from monitor.service.asking.cases import get_protocol
from monitor.service.input import text_fields
from monitor.store import pinned

PROTOCOL = "protocol"  # the word of such a line
_KEYS = {"kind", "name", "digest", "text"}


def digest_of(text: str) -> str:
    """Give the digest by which courses name a text."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


class Texts:
    """What was read of a file's texts; each is kept as the courses that follow it will ask."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.lines = 0

    def read(self, digest: str) -> Protocol | None:
        """Read a text that is kept, or one that this program or its site has."""
        if pinned.kept(self.connection, digest) is None:
            return protocols.read_before(digest)
        return get_protocol(self.connection, digest)

    def keep(self, content: dict[str, object]) -> None:
        """Read and keep the text of one line; raises Refused where it is not what it says."""
        self.lines += 1
        name, digest, text = (content.get(key) for key in ("name", "digest", "text"))
        if {*content} != _KEYS or not (isinstance(name, str) and isinstance(text, str)):
            raise Refused('write {"kind":"protocol","name":…,"digest":…,"text":…}')
        if digest_of(text) != digest:
            raise BadOption("digest", "is not that of the text: one of the two was changed")
        try:
            found = protocols.pinned(name, text)
        except ProtocolError as fault:
            raise BadOption("text", fault.faults[0]) from fault
        if found.name != name:
            raise BadOption("name", f"the text is of {text_fields.printable(found.name)}")
        pinned.keep(
            self.connection, digest=str(digest), name=name, version=found.version, text=text
        )
