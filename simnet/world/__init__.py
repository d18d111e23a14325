"""The only room with I/O: the plan, carried out on real sockets."""
