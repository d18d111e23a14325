"""Claims about a trace: one file each; this folder is the list (see `contract.py`)."""
