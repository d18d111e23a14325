"""What people touch: the command line and the clients of demonstrations. Thin; nothing imports them."""
