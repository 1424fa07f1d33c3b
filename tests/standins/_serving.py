"""What stand-ins that are servers themselves share: they serve inside a with block."""

import threading


class Serving:
    """Beside a server of socketserver: it serves until the block ends."""

    def handle_error(self, request, client_address):
        """A client that hangs up is part of the tests."""

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
