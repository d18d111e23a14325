"""What clients do when the network fails: cells, their comparison, findings, table and page.

Law: pure, and made of values that were measured elsewhere (`fronts/matrix/`), so that a stored matrix is told as a fresh one.
"""
