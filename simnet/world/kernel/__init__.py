"""The seam to the kernel: options, state and counters, each named and sourced. Linux."""
