"""How an allocation is worked out: one file for each step. What others use stands in ``cohorts/domain/allocation.py``.

No Django and no model in here: plain data in, plain data out (docs/decisions/0012).
"""
