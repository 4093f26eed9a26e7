"""A mail program, which trusts nothing but the homelab's authority:
  mailClient.py send ADDRESS CA PORT SENDER RECIPIENT LOGIN SUBJECT   (without a login: "")
  mailClient.py read ADDRESS CA LOGIN SUBJECT                         (prints the message)
  mailClient.py pass ADDRESS CA SENDER RECIPIENT                      (a message as it is, from stdin)
A password comes on stdin. It exits with 3 and prints the answer if the server refuses."""

import imaplib
import smtplib
import ssl
import sys
import time

NAME = "mail.nixmox.lan"
action, address, ca, *rest = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
given = sys.stdin.buffer.read()
password = given.decode()


class Mailbox(imaplib.IMAP4_SSL):
    """Connects to an address, and checks the name."""

    def _create_socket(self, timeout):
        return context.wrap_socket(imaplib.IMAP4._create_socket(self, timeout), server_hostname=NAME)


def connect(port):
    encrypted = port == "465"
    kind = smtplib.SMTP_SSL if encrypted else smtplib.SMTP
    client = kind(timeout=20, **({"context": context} if encrypted else {}))
    # The name in the certificate.
    client._host = NAME
    client.connect(address, int(port))
    if port == "587":
        client.starttls(context=context)
    return client


def send(port, sender, recipient, login, subject):
    with connect(port) as client:
        if login:
            client.login(login, password)
        message = f"From: <{sender}>\r\nTo: <{recipient}>\r\nSubject: {subject}\r\n\r\nHello from {sender}.\r\n"
        client.sendmail(sender, [recipient], message)


def pass_on(sender, recipient):
    with connect("25") as client:
        client.sendmail(sender, [recipient], given)


def read(login, subject):
    mailbox = Mailbox(address, 993, timeout=20)
    mailbox.login(login, password)
    for _ in range(40):
        mailbox.select("INBOX", readonly=True)
        _, (found,) = mailbox.search(None, "SUBJECT", f'"{subject}"')
        if found:
            _, ((_, message), *_) = mailbox.fetch(found.split()[-1], "(RFC822)")
            sys.stdout.buffer.write(message)
            return
        time.sleep(0.5)
    sys.exit(f"no message {subject}")


try:
    {"send": send, "read": read, "pass": pass_on}[action](*rest)
except smtplib.SMTPRecipientsRefused as error:
    ((code, text),) = error.recipients.values()
    print(code, text.decode())
    sys.exit(3)
except smtplib.SMTPResponseException as error:
    print(error.smtp_code, error.smtp_error.decode())
    sys.exit(3)
except (imaplib.IMAP4.error, smtplib.SMTPNotSupportedError) as error:
    print(error)
    sys.exit(3)
