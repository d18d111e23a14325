"""Why one cannot connect: what the machine shows, what a try met, and what follows from both.

`facts.py` has the values, `look.py` and `dial.py` get them, `causes.py` draws the conclusions without touching anything.
"""
