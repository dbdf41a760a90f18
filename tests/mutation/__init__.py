"""Mutants of the rules: which changes of `monitor/domain` would no test notice?

pip install mutmut
python -m pytest -n 0 -q -p no:randomly -p tests.mutation.plugin tests/test_cases.py tests/domain

mutmut 3 makes the mutants; all of them stand in memory beside the functions they were made of.
The tests are collected once; for every mutant this process forks, the copy switches one mutant
on and runs the existing tests that reach its function, the likeliest to fail first, until one
fails. What survives is tried again by all that needs Hypothesis (MUTATION=all).
"""
