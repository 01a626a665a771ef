"""E-mail that comes back, as mail servers write it (RFC 3464, and two that are no report)."""

REPORT = """\
Return-Path: <>
X-Original-To: {to}
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B0/mx"

--B0/mx
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.net. I'm sorry to have to inform you.

--B0/mx
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4D2F51A2
Arrival-Date: Mon,  2 Mar 2026 09:00:00 -0500 (EST)

Final-Recipient: rfc822; rosa@patients.example
Original-Recipient: rfc822;rosa@patients.example
Action: {action}
Status: {status}
Remote-MTA: dns; mail.patients.example
Diagnostic-Code: smtp; 550 {status} <rosa@patients.example>: no such user

--B0/mx
Content-Type: message/rfc822

From: Lakeside <notices@homeward.example>
To: rosa@patients.example
Subject: You have a message

You have a message.
--B0/mx--
"""
AWAY = """\
From: Rosa Delgado <rosa@patients.example>
To: {to}
Subject: Out of office
Auto-Submitted: auto-replied

I am away. Action: failed. Status: 5.1.1
"""


def report(to: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A delivery report to the address that a message came from."""
    return REPORT.format(to=to, action=action, status=status).encode()


def away(to: str) -> bytes:
    """A machine's answer on somebody's behalf."""
    return AWAY.format(to=to).encode()
