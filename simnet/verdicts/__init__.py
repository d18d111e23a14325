"""What a fault may answer: one file for each moment of a connection's life at which it is asked.

Law: a verdict is a frozen value with everything that the engine needs to act on it, and nothing else; a union names the
closed set of answers of one moment, so that mypy finds (by `assert_never`) where a new one has still to be carried out.
"""
