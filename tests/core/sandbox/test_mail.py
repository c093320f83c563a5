"""The newsroom's mailbox."""

import smtplib
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest

from core.sandbox.clock import MovingClock
from core.sandbox.http import Request
from core.sandbox.mail import KEPT, Mailbox
from core.sandbox.newsroom import Newsroom
from core.sandbox.routes import answer
from tests.support.newsroom import NewsroomControl


def send(newsroom: NewsroomControl, to: str, text: str = "Hello.") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "desk@example.org", to, "Gruß aus dem Hafen"
    message.set_content(text)
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    server = urlsplit(newsroom.mail_url)
    with smtplib.SMTP(server.hostname or "", server.port or 0, local_hostname="localhost") as client:
        client.send_message(message)


def test_a_mail_is_shown_as_people_read_it(newsroom: NewsroomControl) -> None:
    send(newsroom, "ada@example.org", "Grüße, 3 € für Öl.")
    (mail,) = newsroom.mails("ada@example.org")
    assert (mail["subject"], mail["recipients"]) == ("Gruß aus dem Hafen", ["ada@example.org"])
    assert (mail["text"].strip(), mail["html"].strip()) == ("Grüße, 3 € für Öl.", "<p>Grüße, 3 € für Öl.</p>")


def test_a_browser_gets_a_page_in_which_a_mail_cannot_do_anything(newsroom: NewsroomControl) -> None:
    send(newsroom, "ada@example.org", "<script>alert(1)</script>")
    send(newsroom, "ada@example.org", "The later one.")
    page = newsroom.http.get("/mail", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (page.headers["content-type"], page.headers["vary"]) == ("text/html; charset=utf-8", "Accept")
    assert "<script>" not in page.text
    assert 0 < page.text.index("The later one.") < page.text.index("&lt;script&gt;")


def test_each_sees_the_own_mail(newsroom: NewsroomControl) -> None:
    for name in ("ada", "grace", "ada"):
        send(newsroom, f"{name}@example.org")
    assert [mail["number"] for mail in newsroom.mails("ada@example.org")][1:] != []
    assert len(newsroom.mails("grace@example.org")) == 1
    assert len(newsroom.get("/mail").json()["mails"]) == 3


def test_the_mailbox_can_be_emptied(newsroom: NewsroomControl) -> None:
    send(newsroom, "ada@example.org")
    assert newsroom.http.delete("/mail").status_code == 204
    assert newsroom.mails("ada@example.org") == []


def test_the_mailbox_takes_get_and_delete(newsroom: NewsroomControl) -> None:
    refused = newsroom.http.post("/mail")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, DELETE")
    assert newsroom.get("/mail/1").status_code == 404


def test_mail_is_shown_while_the_clock_moves_too() -> None:
    assert answer(Newsroom(MovingClock()), Request("GET", "/mail")).status == 200


def test_the_server_refuses_on_demand(newsroom: NewsroomControl) -> None:
    newsroom.fail("mail", status=550, times=1)
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        send(newsroom, "ada@example.org")
    assert refusal.value.smtp_code == 550
    assert newsroom.mails("ada@example.org") == []
    send(newsroom, "ada@example.org")
    assert len(newsroom.mails("ada@example.org")) == 1


def test_only_the_latest_mails_are_kept() -> None:
    mailbox = Mailbox()
    for number in range(KEPT + 5):
        mailbox.put(None, ["ada@example.org"], b"Subject: %d\r\n\r\nText" % number, received_at="now")
    assert len(mailbox.listed()) == KEPT
    assert mailbox.listed()[0]["subject"] == "5"
