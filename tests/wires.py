"""What a test does with a plain socket."""


def read(raw):
    """All that comes until the server closes; a server that does not close fails the test."""
    out = b""
    try:
        while data := raw.recv(1 << 16):
            out += data
    except ConnectionError:  # dropped
        pass
    return out
