"""E-mail over SMTP: plain text, one message for each recipient, at least once.

Nobody can look into a mailbox, so a message that may have arrived is sent again, with the same Message-ID, by
which mail programs put a repetition beside the first. The connection is encrypted and the server's
certificate verified, except on this machine where its server offers no STARTTLS. The password never shows.
"""

import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError

from config import hosts
from config.settings import Mailbox, Settings
from quant.documents import Json
from quant.errors import InputError, VendorError
from quant.policy.policy import Strict
from quant.printable import printable
from tasks.notifiers import Channel, NotSentError, Place, Receipt, RefusedError, UncertainError
from tasks.notifiers._deadline import Deadline
from tasks.notifiers._message import words
from tasks.report.messages.message import Message
from warehouse.notices import Notice

DELIVERED: Literal["sent"] = "sent"
HISTORY = False
LOCAL = False
EDITS = False
THREADS = False
PACE = 0.0
REPLACES = "This message replaces the earlier one that it answers.\n\n"
PORTS = {"smtp": 587, "smtps": 465}
ADVICE = {
    530: "Set BALLAST_SMTP_USER and BALLAST_SMTP_PASSWORD.",
    534: "Set BALLAST_SMTP_USER and BALLAST_SMTP_PASSWORD to a login that programs may use.",
    535: "Set BALLAST_SMTP_USER and BALLAST_SMTP_PASSWORD right.",
    550: "Is the address right, and may BALLAST_SMTP_FROM send to it?",
    552: "The message is too large for this server.",
}
_MAILBOX: TypeAdapter[str] = TypeAdapter(Mailbox)


def _address(value: str) -> str:
    try:
        return _MAILBOX.validate_python(value)
    except ValidationError:
        raise ValueError("write an address such as desk@example.org, without a name around it") from None


def _listed(value: object) -> object:
    """One address or a list of them, as the tuple that is kept."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Address = Annotated[str, AfterValidator(_address)]


class Options(Strict):
    """Whom a [[channel]] with notifier = "email" writes to; each gets a message of their own."""

    to: Annotated[tuple[Address, ...], BeforeValidator(_listed), Field(min_length=1, max_length=50)]


def channels(settings: Settings, options: Options) -> list[Channel]:
    """One channel for each recipient, so that one that is refused holds up no other.

    Raises:
        InputError: the environment has a mail server, and lacks what belongs to it.
    """
    if settings.smtp_url and not settings.smtp_from:
        raise InputError("BALLAST_SMTP_FROM is missing: set it to the address that messages come from.")
    if bool(settings.smtp_user) != bool(settings.smtp_password):
        raise InputError("BALLAST_SMTP_USER and BALLAST_SMTP_PASSWORD belong together: set both or none.")
    return [
        Channel(
            "email", to, settings.home, settings.smtp_url, settings.smtp_password,
            ready=bool(settings.smtp_url), user=settings.smtp_user, sender=settings.smtp_from,
        )
        for to in options.to
    ]  # fmt: skip


def render(
    message: Message,
    *,
    channel: str,
    key: str,
    mention: str = "",  # noqa: ARG001 - a mention is Slack's
) -> Json:
    """Recipient, subject and plain text; sender, date and Message-ID are added when it is sent."""
    subject, text = words(message.document)
    return {"to": channel, "subject": subject, "text": text, "key": key}


def placed(payload: Json, place: Place) -> Json:
    """With `answers` the Message-ID of the message that it answers; one that replaces it says so."""
    own = {name: value for name, value in payload.items() if name != "answers"}
    own["text"] = str(own["text"]).removeprefix(REPLACES)
    answered = place.replaces or place.answers
    if answered is None or not answered.message_ts:
        return own
    first = REPLACES if place.replaces else ""
    return own | {"answers": answered.message_ts, "text": f"{first}{own['text']}"}


def send(channel: Channel, notice: Notice, now: datetime) -> Receipt:
    """Hand the message to the mail server once. What the server does with it then is not known."""
    message = _message(channel, notice, now)
    with Deadline(channel.timeout) as deadline, _connected(channel, deadline) as server:
        with _until_handed_over():
            _login(server, channel)
            _accepted(server.mail(channel.sender))
            _accepted(server.rcpt(channel.name))
        _hand_over(server, message.as_bytes(policy=SMTP))
    return Receipt(message_ts=message["Message-ID"])


def _message(channel: Channel, notice: Notice, now: datetime) -> EmailMessage:
    domain = channel.sender.rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["From"] = channel.sender
    message["To"] = channel.name
    message["Subject"] = notice.payload["subject"]
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{notice.key}@{domain}>"
    if "answers" in notice.payload:
        message["In-Reply-To"] = message["References"] = notice.payload["answers"]
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer by a machine
    message.set_content(notice.payload["text"], cte="quoted-printable")
    return message


def _clients(deadline: Deadline, trusted: ssl.SSLContext) -> dict[str, Callable[..., smtplib.SMTP]]:
    """The clients of smtplib by scheme, whose connections last no longer than a deadline."""

    class Plain(smtplib.SMTP):
        def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
            """What is talked over, from the greeting on; SMTP_SSL encrypts it."""
            connection: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
            deadline.watch(connection)
            return connection

    class Encrypted(smtplib.SMTP_SSL, Plain):
        pass

    return {"smtp": Plain, "smtps": partial(Encrypted, context=trusted)}


@contextmanager
def _connected(channel: Channel, deadline: Deadline) -> Iterator[smtplib.SMTP]:
    """A greeted and, unless it is on this machine and cannot be, encrypted connection."""
    where = hosts.host(channel.url)
    trusted = ssl.create_default_context()
    with _until_handed_over():
        server = _clients(deadline, trusted)[where.scheme](
            where.name,
            where.port or PORTS[where.scheme],
            channel.sender.rpartition("@")[2],
            timeout=channel.timeout,
        )
    try:
        with _until_handed_over():
            server.ehlo_or_helo_if_needed()
            if where.scheme == "smtp" and (server.has_extn("starttls") or not where.is_this_machine):
                server.starttls(context=trusted)
                server.ehlo_or_helo_if_needed()  # what was said before does not count any more
        yield server
        with suppress(smtplib.SMTPException, OSError):  # the message has been taken
            server.quit()
    finally:
        server.close()


def _login(server: smtplib.SMTP, channel: Channel) -> None:
    if not channel.user or channel.token is None:
        return
    try:
        server.login(channel.user, channel.token.get_secret_value())
    except UnicodeEncodeError:
        raise RefusedError("BALLAST_SMTP_USER or BALLAST_SMTP_PASSWORD has a letter beyond ASCII.") from None


def _hand_over(server: smtplib.SMTP, content: bytes) -> None:
    """DATA; from here on a broken connection leaves it open whether the message was taken."""
    try:
        answer = server.data(content)
    except smtplib.SMTPDataError as error:
        raise _answered(error.smtp_code, error.smtp_error) from None
    except (smtplib.SMTPException, OSError) as error:
        raise UncertainError(f"the connection to the mail server broke ({type(error).__name__})") from None
    _accepted(answer, content=True)


def _accepted(answer: tuple[int, bytes], *, content: bool = False) -> None:
    code, reply = answer
    if not 200 <= code < 300:
        raise _answered(code, reply, content=content)


@contextmanager
def _until_handed_over() -> Iterator[None]:
    """Whatever fails in here, the message was certainly not sent."""
    try:
        yield
    except smtplib.SMTPNotSupportedError as error:
        raise RefusedError(f"the mail server cannot do what is needed: {error}") from None
    except smtplib.SMTPResponseException as error:
        # What a server says about a login may repeat it.
        reply = b"" if isinstance(error, smtplib.SMTPAuthenticationError) else error.smtp_error
        raise _answered(error.smtp_code, reply) from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotSentError(f"the mail server cannot be reached ({type(error).__name__})") from None


def _answered(code: int, reply: bytes | str, *, content: bool = False) -> VendorError:
    """What a refusal means: 4xx is for now (RFC 5321, 4.2.1), 5xx until somebody mends it."""
    said = reply.decode("utf-8", errors="replace") if isinstance(reply, bytes) else reply
    words = f"the mail server refused: {code} {printable(' '.join(said.split())[:200])}".rstrip()
    if not 500 <= code < 600:
        return NotSentError(words)
    advice = f" {ADVICE[code]}" if code in ADVICE else ""
    return RefusedError(f"{words}.{advice}", permanent=content)
