"""A directory served on a loopback port, with its requests counted; stopping it is an upstream outage."""
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class StaticUpstream:
    def __init__(self, directory):
        self.directory = directory
        self.requests = []   # (method, path, status), in order of their answers
        self._server = None

    def start(self):
        handler = partial(_Handler, self.requests, directory=self.directory)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self):
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.0"   # a connection a request: none outlives stop()

    def __init__(self, requests, *arguments, **keywords):
        self._requests = requests
        super().__init__(*arguments, **keywords)

    def log_request(self, code="-", size="-"):
        self._requests.append((self.command, self.path, int(code)))

    def log_message(self, *_):
        pass
