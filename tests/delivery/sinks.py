"""Real far ends: an HTTP and an SMTP server that write down what they got, and misbehave on demand.

Also for other processes: `python tests/delivery/sinks.py http|smtp PORT FILE` appends each message
as one line of JSON to FILE before it answers 200 or 250, prints the port (0: any free one) once it
listens, and runs until it is killed. `http PORT FILE MANY` waits until so many are in hand at once.
"""

import asyncio
import json
import ssl
import sys
import threading
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult


class _Taken(list[dict[str, Any]]):
    """What a sink took: in a list and, if it has a file, there as well."""

    def __init__(self, file: str | None) -> None:
        super().__init__()
        self._file = file
        self._lock = threading.Lock()

    def add(self, item: dict[str, Any]) -> None:
        with self._lock:
            self.append(item)
            if self._file:
                with open(self._file, "a", encoding="utf-8") as file:
                    file.write(json.dumps(item) + "\n")


class Meeting:
    """Keeps whoever comes until so many are there at once; after that, nobody any more."""

    def __init__(self, many: int, seconds: float) -> None:
        self._many = many
        self._seconds = seconds  # at most for each: less than a sender waits for its answer
        self._there = 0
        self._held = False
        self._changed = threading.Condition()

    def attend(self) -> None:
        with self._changed:
            self._there += 1
            if self._there >= self._many:
                self._held = True
                self._changed.notify_all()
            self._changed.wait_for(lambda: self._held, self._seconds)
            self._there -= 1


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # many at once are not a fault
    daemon_threads = False  # joined at the end, so that no socket is left open
    sink: "HttpSink"

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # clients that leave early are no news
            super().handle_error(request, client_address)


class HttpSink:
    """An HTTP server; set `status`, `headers`, `delay` or `manner` to make it misbehave."""

    def __init__(
        self,
        *,
        port: int = 0,
        file: str | None = None,
        certificate: tuple[str, str] | None = None,
        together: int = 1,
    ) -> None:
        self.meeting = Meeting(together, seconds=5)  # answers none before so many are in hand
        self.status = 200
        self.headers: dict[str, str] = {}  # for instance Retry-After; Date replaces the true one
        self.delay = 0.0  # seconds before answering
        self.may_answer = threading.Event()  # clear it to hold answers back
        self.may_answer.set()
        self.answers = 0
        self.hanging: str | None = None  # how the paths begin that never answer
        self.manner = "answer"  # or "hang", "drop", "drip", each after taking the request
        self.requests = _Taken(file)  # each {"path", "headers", "body"}
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.sink = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # the handshake is left to the threads: a client that breaks it off stops nobody else
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        secure = isinstance(self._server.socket, ssl.SSLSocket)
        return f"webhook+http{'s' * secure}://127.0.0.1:{self.port}/hook"

    def stop(self) -> None:
        self.closing.set()
        self.may_answer.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    timeout = 5
    server: _Server

    def do_POST(self) -> None:
        sink = self.server.sink
        length = int(self.headers["Content-Length"] or 0)
        content = self.rfile.read(length)
        if len(content) < length:
            return  # broken off: nothing was taken
        body = json.loads(content or "null")
        sink.requests.add({"path": self.path, "headers": dict(self.headers), "body": body})
        self.close_connection = True
        hangs = sink.hanging is not None and self.path.startswith(sink.hanging)
        match "hang" if hangs else sink.manner:
            case "hang":
                sink.closing.wait()
            case "drop":
                pass
            case "drip":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not sink.closing.wait(0.02):
                    self.wfile.write(b".")
            case _:
                sink.meeting.attend()
                sink.closing.wait(sink.delay)
                sink.may_answer.wait()
                self._answer(sink)

    def _answer(self, sink: HttpSink) -> None:
        self.send_response_only(sink.status)
        for name, value in sink.headers.items():
            self.send_header(name, value)
        if "Date" not in sink.headers:
            self.send_header("Date", self.date_time_string())
        self.end_headers()
        sink.answers += 1

    def do_GET(self) -> None:
        """Take it as well: a redirect that is followed must be seen."""
        self.do_POST()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


class SmtpSink:
    """An SMTP server; set `refused` or `manner` to make it misbehave."""

    def __init__(
        self,
        *,
        port: int = 0,
        file: str | None = None,
        host: str = "127.0.0.1",
        certificate: tuple[str, str] | None = None,
        implicit: bool = False,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.refused: set[str] = set()  # recipients that are answered 550
        self.status = "250 OK"  # the answer to a message
        self.manner = "answer"  # or "hang", "drop" (both after taking), "leave" (QUIT unanswered)
        self.messages = _Taken(file)  # message_id, to, from, subject, body; headers, encrypted, …
        self.logins: list[tuple[str, str]] = []  # tried
        self.host = host
        self._login = login
        self._connections: list[SMTP] = []
        self._context: ssl.SSLContext | None = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*certificate)
        self.implicit = implicit
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            self._loop.create_server(
                self._connect, host, port, ssl=self._context if implicit else None
            )
        )
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return self.url_with()

    def url_with(self, credentials: str = "", to: str = "nurse@example.org") -> str:
        where = f"{credentials}{self.host}:{self.port}"
        return f"smtp{'s' * self.implicit}://{where}/?from=clinic@example.org&to={to}"

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._server.wait_closed()
        await asyncio.sleep(0)  # lets the transports tell their protocols

    def _connect(self) -> SMTP:
        connection = SMTP(
            self,
            hostname="sink",
            loop=self._loop,
            tls_context=None if self.implicit else self._context,
            auth_require_tls=False,
            authenticator=self._authenticate if self._login else None,
            auth_exclude_mechanism=None if self._login else ["LOGIN", "PLAIN"],
        )
        self._connections.append(connection)
        return connection

    def _authenticate(self, server, session, envelope, mechanism, data) -> AuthResult:
        tried = (data.login.decode(), data.password.decode())
        self.logins.append(tried)
        return AuthResult(success=tried == self._login, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refused:
            return "550 5.1.1 no such user " + address
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        if self.status.startswith("250"):
            self.messages.add(
                {
                    "message_id": mail["Message-ID"],
                    "to": envelope.rcpt_tos,
                    "from": envelope.mail_from,
                    "subject": mail["Subject"],
                    "body": mail.get_content(),
                    "headers": dict(mail.items()),
                    "encrypted": server.transport.get_extra_info("ssl_object") is not None,
                }
            )
        if self.manner == "hang":
            await asyncio.Event().wait()
        if self.manner == "drop":
            server.transport.abort()
        return self.status

    async def handle_QUIT(self, server, session, envelope):  # noqa: N802
        if self.manner == "leave":
            server.transport.abort()
        return "221 Bye"


def main(kind: str, port: str, file: str, together: str = "1") -> None:
    """Run one sink until the process is killed."""
    sink: HttpSink | SmtpSink
    if kind == "http":
        sink = HttpSink(port=int(port), file=file, together=int(together))
    else:
        sink = SmtpSink(port=int(port), file=file)
    print(sink.port, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
