"""The site's own protocols: the files of its folder, each judged by itself.

One that cannot be used is named and hides no other. A course never looks here: it goes on with
the text that it is pinned to.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from monitor.domain.protocol import Protocol
from monitor.errors import MonitorError, ProtocolError, Refused
from monitor.settings import Settings, SettingsError, read_settings


@dataclass(frozen=True, slots=True)
class Site:
    """What is in the folder: protocols by name, and what is wrong with the other files."""

    folder: Path
    protocols: dict[str, Protocol] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)  # by the name of the protocol
    faults: dict[Path, list[str]] = field(default_factory=dict)
    contested: dict[str, Path] = field(default_factory=dict)  # by a name that ships

    def words(self) -> list[str]:
        """Say of each file that cannot be used why, and where all of it is said."""
        return [self._words(path, found) for path, found in sorted(self.faults.items())]

    def _words(self, path: Path, found: list[str]) -> str:
        if path == self.folder:
            return found[0]
        said = found[0] if len(found) == 1 else f"{path.name}: {len(found)} mistakes"
        return f"{said}; it cannot be used; type: monitor protocol check {path}"

    def word_of(self, name: str) -> str | None:
        """Say why the site's text of a name cannot be used, where it has one."""
        path = self.contested.get(name, self.folder / f"{name}.yaml")
        return self._words(path, self.faults[path]) if path in self.faults else None


def settings_in_force() -> Settings:
    """Gather what is in force; raises Refused where the file of settings cannot be used."""
    try:
        return read_settings()
    except SettingsError as fault:
        raise Refused(str(fault)) from fault


def look(read: Callable[[Path], Protocol], shipped: Callable[[str], str | None]) -> Site:
    """Read every file of the folder; `shipped` gives the digest of what ships under a name."""
    settings = settings_in_force()
    site = Site(settings.protocols)
    if not site.folder.is_dir():
        if settings.named["protocols"].whence != "default":
            site.faults[site.folder] = [f"the folder of site protocols {site.folder} is not there"]
        return site
    found: dict[str, list[Path]] = {}
    for path in _files(site):
        try:
            protocol = read(path)
        except ProtocolError as fault:
            site.faults[path] = fault.faults
        except (MonitorError, OSError) as fault:
            why = fault.strerror if isinstance(fault, OSError) else str(fault)
            site.faults[path] = [f"{path.name}: it cannot be read: {why}"]
        else:
            found.setdefault(protocol.name, []).append(path)
            site.protocols[protocol.name] = protocol
            site.files[protocol.name] = path
    for name, paths in found.items():
        why, digest = None, shipped(name)
        if digest not in (None, site.protocols[name].digest):
            why = f"'{name}' is a name that ships, with another text: choose another name"
            site.contested[name] = paths[0]
        elif len(paths) > 1:
            why = f"'{name}' stands in {' and in '.join(path.name for path in paths)}: keep one"
        if why is not None:
            site.faults.update({path: [f"{path.name}: {why}"] for path in paths})
        if why is not None or digest is not None:
            del site.protocols[name], site.files[name]
    return site


def _files(site: Site) -> Iterable[Path]:
    try:
        listed = sorted(site.folder.iterdir())
    except OSError as fault:
        site.faults[site.folder] = [f"{site.folder} cannot be read: {fault.strerror}"]
        return
    for path in listed:
        if path.name.startswith("."):
            continue
        if path.suffix == ".yaml":
            yield path
        elif path.suffix.lower() in (".yaml", ".yml"):
            site.faults[path] = [f"{path.name}: only *.yaml is read: name it {path.stem}.yaml"]
