"""What happened: events, their record, and its drawing."""

from simnet.trace.journal import Journal, Trace

__all__ = ["Journal", "Trace"]
