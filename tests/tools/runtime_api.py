"""Lambda's Runtime API for one process at a time: tests/tools/measure gives events through it."""

import http.server
import queue
import threading
import time
import uuid

NEXT = "/2018-06-01/runtime/invocation/next"
DEADLINE_S = 30  # What a call may take, and the longest wait for whatever should come next.


class RuntimeApi(http.server.BaseHTTPRequestHandler):
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # The head and the body of an answer leave together.

    def do_GET(self):
        asked = time.perf_counter_ns()
        if self.path != NEXT:
            return self.answer(404, b"")
        self.server.seen.put(("next", asked, b""))
        event = self.server.events.get()
        if event is None:
            self.close_connection = True
            return None
        headers = {
            "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + DEADLINE_S * 1000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:measured",
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
        }
        return self.answer(200, event.encode(), headers)

    def do_POST(self):
        answered = time.perf_counter_ns()
        length = self.headers["Content-Length"]
        body = self.chunks() if length is None else self.rfile.read(int(length))
        self.server.seen.put((self.path.rsplit("/", 1)[1], answered, body))
        self.answer(202, b'{"status":"OK"}')

    def chunks(self):
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self, status, body, headers=None):
        self.send_response_only(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Runtime:
    """Gives events to a process and notes when it asks and answers."""

    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
        self.server.seen, self.server.events = queue.Queue(), queue.Queue()
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def expect(self, what):
        try:
            kind, when, body = self.server.seen.get(timeout=DEADLINE_S)
        except queue.Empty:
            raise RuntimeError(f"no {what} within {DEADLINE_S} s") from None
        if kind != what:
            raise RuntimeError(f"{kind} in place of {what}: {body.decode(errors='replace')}")
        return when, body

    def close(self):
        self.server.events.put(None)
        self.server.shutdown()
        self.server.server_close()
