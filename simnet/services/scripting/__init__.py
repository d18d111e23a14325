"""What a script is made of: pieces of bytes, what is expected, the steps, and how they are played.

Law: data in, bytes out. A script is never code: it cannot compute, name a file or reach anything but its own connection.
"""
