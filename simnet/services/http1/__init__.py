"""The parts of `http`: what is answered (`route`), how a request arrives (`arrival`), how a body is framed (`framing`)."""
