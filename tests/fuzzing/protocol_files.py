"""Fuzz protocol files: read, or every fault named; never another exception, never without end.

Run: python -m tests.fuzzing.protocol_files -max_total_time=600 [FOLDER OF SEEDS]
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["monitor", "yaml"]):
    from monitor import protocols
    from monitor.errors import ProtocolError
    from monitor.protocols.reader import read_protocol

MISTAKES = Path(__file__).parents[1] / "mistakes"
SHIPPED = Path(protocols.__file__).parent


def one_file(data: bytes) -> None:
    try:
        read_protocol("fuzzed.yaml", data.decode("utf-8", errors="replace"), protocols.catalogue())
    except ProtocolError as refused:
        told = refused.faults
        if not told or any(not words or "\n" in words for words in told):
            raise RuntimeError(f"badly told: {told}") from refused


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for path in [*MISTAKES.glob("*.yaml"), *SHIPPED.glob("mitoxantrone*.yaml")]:
            (Path(folder) / path.name).write_bytes(path.read_bytes())
        atheris.Setup(
            [
                *sys.argv,
                f"-artifact_prefix={tempfile.gettempdir()}/",
                "-max_len=20000",
                "-timeout=30",
                folder,
            ],
            one_file,
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
