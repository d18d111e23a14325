"""`simnet grade`: one client examined, a folder of them, and what is shown of it."""
