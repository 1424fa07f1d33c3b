"""E-mail through the real smtplib against a mail server on this machine."""

import dataclasses
import ipaddress
import logging
import socket
import ssl
from datetime import UTC, datetime, timedelta
from shutil import copyfile

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from tasks.notifiers import Channel, NotSentError, RefusedError, UncertainError, _message, load
from tasks.outbox.prepare import prepare
from tasks.outbox.transport.deliver import deliver, drain
from tests.standins.smtp import SmtpStandIn
from tests.tasks.deliver.conftest import SkippingClock
from tests.tasks.notifiers.reports import eventful, report, trade
from warehouse.duckdb_file.backend import DuckDBFile

NOW = datetime(2024, 6, 28, 22, 30, tzinfo=UTC)
LOGIN = ("ballast", "secret-of-ours")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate of 127.0.0.1 that signs itself: the server's context, and the file that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    begins = datetime.now(UTC) - timedelta(days=1)
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(begins).not_valid_after(begins + timedelta(days=9))
        .add_extension(host, critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tls")
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public


@pytest.fixture
def mail():
    with SmtpStandIn() as standin:
        yield standin


@pytest.fixture
def clock():
    return SkippingClock()


@pytest.fixture
def warehouse(empty_warehouse, tmp_path):
    copyfile(empty_warehouse, tmp_path / "warehouse.duckdb")
    return DuckDBFile(tmp_path)


def mailbox(mail, tmp_path, to: str = "pm@example.org", **changed) -> Channel:
    """The channel of one recipient."""
    given = {"timeout": 5.0, "sender": "ballast@example.org", **changed}
    return Channel("email", to, tmp_path, mail.url, **given)


def send(channel, subject=None, kind="digest"):
    load("email").send(channel, prepare(subject or eventful(), kind, channel), NOW)


def test_a_message_is_plain_text_from_and_to_whom_it_should_be(mail, tmp_path):
    channel = mailbox(mail, tmp_path)
    notice = prepare(eventful(), "digest", channel)
    receipt = load("email").send(channel, notice, NOW)
    [(to, content, encrypted)] = mail.taken
    [message] = mail.messages()
    assert (to, encrypted, content.isascii()) == (["pm@example.org"], False, True)
    assert (message["From"], message["To"]) == ("ballast@example.org", "pm@example.org")
    assert message["Message-ID"] == receipt.message_ts == f"<{notice.key}@example.org>"
    assert message["Date"] == "Fri, 28 Jun 2024 22:30:00 +0000"
    assert message["Subject"] == notice.payload["subject"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == notice.payload["text"].splitlines()


def test_no_name_can_add_a_header_or_a_command(mail, tmp_path):
    evil = "core\r\nBcc: thief@example.org\r\n\r\n.\r\nRCPT TO:<thief@example.org>\x1b[31m"
    rows = [trade("Zoë\u202e\r\n.\r\nQUIT", reason=evil)]
    hostile = report(portfolio=evil, trades=rows, status="recommended")
    send(mailbox(mail, tmp_path), hostile)
    [(to, content, _)] = mail.taken
    [message] = mail.messages()
    assert to == ["pm@example.org"]
    assert message["Bcc"] is None
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding",
    }  # fmt: skip
    text = "\n".join(message.get_content().split("\r\n"))
    assert "Zoë" in text
    assert not [sign for sign in text + message["Subject"] if sign != "\n" and not sign.isprintable()]
    assert mail.commands.count("RCPT") == 1
    assert content.count(b"\r\n.\r\n") == 0


def test_a_huge_report_is_cut_and_says_where_the_rest_is(mail, tmp_path):
    rows = [trade(f"S{n}", reason="x" * 400) for n in range(2000)]
    send(mailbox(mail, tmp_path), report(trades=rows, status="recommended"))
    [message] = mail.messages()
    text = message.get_content()
    assert len(text) < _message.LONGEST + 500
    assert "more lines: ballast show" in text.splitlines()[-1]
    assert "S0" in text


@pytest.mark.parametrize("tls_from_start", [False, True])
def test_encrypted_and_logged_in_where_the_certificate_is_trusted(
    certificate, tmp_path, monkeypatch, tls_from_start
):
    context, trusted = certificate
    with SmtpStandIn(context, tls_from_start=tls_from_start, login=LOGIN) as mail:
        channel = mailbox(mail, tmp_path, user=LOGIN[0], token=SecretStr(LOGIN[1]))
        with pytest.raises(NotSentError, match="SSLCertVerificationError"):
            send(channel)
        assert "AUTH" not in mail.commands
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        send(channel)
        [(_, _, encrypted)] = mail.taken
        assert encrypted
        assert mail.commands.index("AUTH") < mail.commands.index("MAIL")


@pytest.mark.parametrize("password", ["secret-of-ours-wrong", "secret-of-ours-ü"])
def test_a_wrong_password_is_told_and_never_shown(tmp_path, warehouse, clock, caplog, password):
    caplog.set_level(logging.DEBUG)
    with SmtpStandIn(login=LOGIN) as mail:
        channel = mailbox(mail, tmp_path, user="ballast", token=SecretStr(password))
        row = deliver(warehouse, prepare(eventful(), "digest", channel), channel, clock)
        assert mail.taken == []
    assert (row.state, "BALLAST_SMTP_PASSWORD" in row.error) == ("failed", True)
    stored = (tmp_path / "warehouse.duckdb").read_bytes().decode("latin-1")
    assert "secret-of-ours" not in f"{row!r}{channel!r}{caplog.text}{stored}"


def test_a_server_that_cannot_log_in_is_refused_in_words(mail, tmp_path):
    with pytest.raises(RefusedError, match="the mail server cannot do what is needed"):
        send(mailbox(mail, tmp_path, user="ballast", token=SecretStr("x")))


@pytest.mark.parametrize(
    ("where", "answer", "state", "attempts"),
    [
        ("CONNECT", "421 too busy", "queued", 4),
        ("CONNECT", "554 not you", "failed", 1),
        ("MAIL", "451 later", "queued", 4),
        ("MAIL", "553 not that sender", "failed", 1),
        ("RCPT", "450 greylisted", "queued", 4),
        ("RCPT", "550 no such user", "failed", 1),
        ("DATA", "451 later", "queued", 4),
        ("DATA", "554 no", "failed", 1),
        ("BODY", "452 full", "queued", 4),
        ("BODY", "552 too large", "failed", 1),
    ],
)
def test_4xx_waits_and_5xx_is_told(mail, tmp_path, warehouse, clock, where, answer, state, attempts):
    mail.refuse[where] = answer
    channel = mailbox(mail, tmp_path)
    row = deliver(warehouse, prepare(eventful(), "digest", channel), channel, clock)
    assert (row.state, mail.taken, len(clock.slept)) == (state, [], attempts)
    assert answer in row.error
    mail.refuse.clear()
    assert deliver(warehouse, prepare(eventful(), "digest", channel), channel, clock).state == "sent"
    assert len(mail.taken) == 1


def test_a_refused_recipient_holds_up_no_other(mail, tmp_path, warehouse, clock):
    mail.refuse_to["gone@example.org"] = "550 no such user"
    rows = []
    for to in ("gone@example.org", "pm@example.org"):
        channel = mailbox(mail, tmp_path, to)
        rows.append(deliver(warehouse, prepare(eventful(), "digest", channel), channel, clock))
    assert [(row.channel, row.state) for row in rows] == [
        ("email:gone@example.org", "failed"), ("email:pm@example.org", "sent"),
    ]  # fmt: skip
    assert [to for to, _, _ in mail.taken] == [["pm@example.org"]]


@pytest.mark.parametrize("drop", ["EHLO", "MAIL", "RCPT"])
def test_a_connection_that_drops_before_the_message_has_sent_nothing(mail, tmp_path, drop):
    mail.drop = drop
    with pytest.raises(NotSentError):
        send(mailbox(mail, tmp_path))
    assert mail.taken == []


@pytest.mark.parametrize("keeps", [True, False])
def test_a_connection_that_drops_after_the_message_is_uncertain_and_sent_again(
    mail, tmp_path, warehouse, clock, keeps
):
    mail.drop, mail.keeps = "BODY", keeps
    channel = mailbox(mail, tmp_path)
    with pytest.raises(UncertainError):
        send(channel)
    mail.taken.clear()
    row = deliver(warehouse, prepare(eventful(), "digest", channel), channel, clock)
    assert (row.state, row.delivery) == ("queued", "at_least_once")
    assert "Perhaps it arrived; it is sent again" in row.error
    mail.drop = ""
    assert [one.state for one in drain(warehouse, channel, clock)] == ["sent"]
    assert deliver(warehouse, prepare(eventful(), "digest", channel), channel, clock).state == "sent"
    sent = mail.messages()
    assert len(sent) == (5 if keeps else 1)
    assert len({message["Message-ID"] for message in sent}) == 1


def test_a_server_that_is_silent_or_away_is_not_waited_for_without_end(tmp_path):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        there = dataclasses.replace(
            Channel("email", "pm@example.org", tmp_path, sender="b@example.org", timeout=0.3),
            url=f"smtp://127.0.0.1:{silent.getsockname()[1]}",
        )
        with pytest.raises(NotSentError, match="ConnectionRefusedError"):
            send(there)
        silent.listen()
        with pytest.raises(NotSentError, match="cannot be reached"):
            send(there)


@pytest.mark.parametrize(("verb", "error"), [("EHLO", NotSentError), ("RCPT", NotSentError)])
def test_an_answer_that_never_ends_is_not_waited_for(mail, tmp_path, verb, error):
    mail.endless = verb
    with pytest.raises(error, match="cannot be reached"):
        send(mailbox(mail, tmp_path, timeout=0.2))


def test_off_this_machine_nothing_goes_unencrypted(mail, tmp_path, monkeypatch):
    """0.0.0.0 reaches this machine and is not its loopback address: to Ballast another host."""
    with pytest.raises(RefusedError, match="STARTTLS"):
        send(dataclasses.replace(mailbox(mail, tmp_path), url=mail.url.replace("127.0.0.1", "0.0.0.0")))
    assert "MAIL" not in mail.commands
