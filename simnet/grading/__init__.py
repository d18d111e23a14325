"""From what a student's client did to points: pure (see `marks.py`); who runs it is `fronts/grading/`."""
