"""The second network: Linux's loopback TCP and UDP, modelled in memory, in virtual time.

Law: only what the kernel does is modelled, to the errno, and the model is tried against the kernel itself (`tests/
campaigns/conformance.py`). What is not modelled raises `NotImplementedError` and says so; nothing pretends. Nothing here
waits, draws by chance, or depends on the order of a set.

=============  =============================================================================================
`parameters`   the numbers that differ from one Linux to the next
`addresses`    addresses as programs write them, and as the kernel has them
`refusal`      the errors: a true OSError, or that something is not modelled
`timers`       what the kernel will do later
`ports`        who is bound where, who may be as well, and ports for those who do not care
`process`      descriptors and their limit
`flow`         one direction of a byte stream: sent, arrived, acknowledged, sent again
`settings`     what setsockopt has set
`kept`         options that are a number: their ranges and defaults
`patience`     keep-alive, and the timeout of the user
`remains`      what is left of a connection in TIME_WAIT
`sock`         a socket as the kernel knows it
`tcb`          one end of a connection: what arrives, and what is sent
`handshake`    SYNs: who answers, who is silent, who tries again
`calls`        what the system calls make of all that
`exchange`     send, recv and poll among them
`options`      get- and setsockopt, TCP_INFO included
`sockets`      the skin: what the socket module calls a socket
`udp`          datagrams
`kernel`       the tables that hold it together
`visit`        an attempt, announced before the kernel acts
`tables`       the same tables as sock_diag lists them, and the deaths of sockets
`network`      the world's network on all that, and on Trio's clock
`clients`      Trio's sockets and names for the program under test
`names`        what getaddrinfo finds
`bring_up`     a plan, brought up on all that
`private`      the private names of Trio that determinism takes
=============  =============================================================================================
"""
