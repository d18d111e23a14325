"""TLS between a service and its line: what is said in it is the service's, how it travels is the kernel's."""
