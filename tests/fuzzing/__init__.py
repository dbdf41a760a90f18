"""Coverage-guided fuzzing of what comes from outside; not part of the suite (docs/reliability.md).

pip install atheris
python -m tests.fuzzing.import_files -max_total_time=600
python -m tests.fuzzing.protocol_files -max_total_time=600
"""
