"""One file per form that is read; `intake.registry` lists them in order.

An opener claims a piece by its bytes, yields what is in it, and counts what it expands.
"""
