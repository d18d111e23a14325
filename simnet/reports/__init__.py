"""A run as something to keep: one JSON document, a page of HTML, properties for JUnit.

Law: pure, and made of a trace and a verdict alone, so that a stored run is reported as a fresh one. What a client or an
author wrote is shown, never obeyed.
"""
