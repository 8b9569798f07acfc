"""What an alert looks like: a mail's subject, text and HTML, and a webhook's JSON. Pure; words come from `say`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from alerts.message import LATE, AlertMessage
from corpus.clock import HANOI, stamp
from corpus.record import Published
from corpus.text import one_line

SUBJECT_LENGTH = 200
"""Code points of a mail's subject at most."""

MAX_SURFACES = 5
"""Words that hit, told at most where no sentence shows them."""

WORDED_FLAGS = (LATE, "unverified_layout", "tls_unverified")
"""Flags that a reader is told about, in this order; the others are for the record only."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail's three parts. `text` and `html` say the same."""

    subject: str
    text: str
    html: str


def mail(alert: AlertMessage, say: Callable[..., str]) -> Rendered:
    """Write the mail of an alert in the language of `say`."""
    title = one_line(alert.title)
    notes = _notes(alert, say)
    facts: tuple[tuple[str, str], ...] = (
        (say("mail.outlet"), one_line(alert.outlet_name)),
        (say("mail.published"), published_in_words(alert.published, say)),
        (say("mail.first_seen"), moment_in_words(alert.first_seen_at, say)),
    )
    sentences = [one_line(sentence) for sentence in alert.sentences]
    if not sentences and alert.surfaces:
        words = "; ".join(one_line(surface) for surface in alert.surfaces[:MAX_SURFACES])
        facts = (*facts, (say("mail.words"), words))
    footer = say("mail.footer", topic=one_line(alert.topic_name))
    return Rendered(
        subject=_clip(one_line(say("mail.subject", topic=one_line(alert.topic_name), title=title)), SUBJECT_LENGTH),
        text=_text(title, notes, facts, sentences, one_line(alert.url), footer, say),
        html=_html(title, notes, facts, sentences, alert, footer, say),
    )


def webhook_payload(alert: AlertMessage) -> dict[str, Any]:
    """The JSON object of a webhook: the same in every attempt. Times are RFC 3339, unknown is null."""
    return {
        "type": "article.matched",
        "timestamp": stamp(alert.matched_at),
        "data": {
            "alert": alert.id,
            "kind": alert.kind,
            "topic": {"slug": alert.topic, "name": one_line(alert.topic_name)},
            "article": {
                "id": alert.article_id,
                "version": alert.version,
                "title": one_line(alert.title),
                "url": one_line(alert.url),
                "outlet": alert.outlet,
                "outlet_name": one_line(alert.outlet_name),
                "published": alert.published.text(),
                "published_precision": alert.published.precision,
                "first_seen_at": stamp(alert.first_seen_at),
            },
            "sentences": [one_line(sentence) for sentence in alert.sentences],
            "flags": list(alert.flags),
        },
    }


def published_in_words(published: Published, say: Callable[..., str]) -> str:
    """When the paper published, or that it does not say."""
    if published.at is None:
        return say("time.unknown")
    if published.precision == "day":
        return say("time.day", **_date_fields(published.at, say))
    return moment_in_words(published.at, say)


def moment_in_words(moment: datetime, say: Callable[..., str]) -> str:
    """A time of day with its weekday and date, in Hà Nội's zone."""
    return say("time.minute", clock=moment.astimezone(HANOI).strftime("%H:%M"), **_date_fields(moment, say))


def marked(sentence: str, surfaces: Sequence[str]) -> str:
    """The sentence as HTML, with the words that hit in bold. Everything is escaped."""
    words = sorted({one_line(surface) for surface in surfaces} - {""}, key=len, reverse=True)
    if not words:
        return escape(sentence)
    # Only whole words: `an` must not light up within `quan`.
    hits = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in words)})(?!\w)")
    out, last = [], 0
    for hit in hits.finditer(sentence):
        out += [escape(sentence[last : hit.start()]), "<b>", escape(hit[0]), "</b>"]
        last = hit.end()
    return "".join([*out, escape(sentence[last:])])


def _notes(alert: AlertMessage, say: Callable[..., str]) -> list[str]:
    notes = [say(f"mail.flag_{flag}") for flag in WORDED_FLAGS if flag in alert.flags]
    return [say("mail.edited"), *notes] if alert.kind == "edited" else notes


def _text(
    title: str,
    notes: Sequence[str],
    facts: Sequence[tuple[str, str]],
    sentences: Sequence[str],
    url: str,
    footer: str,
    say: Callable[..., str],
) -> str:
    lines = [title, ""]
    lines += [f"! {note}" for note in notes]
    lines += [f"{name}: {value}" for name, value in facts]
    lines += [f"{say('mail.link')}: {url}", ""]
    if sentences:
        lines += [say("mail.sentences"), *(f"- {sentence}" for sentence in sentences), ""]
    return "\n".join([*lines, "-- ", footer, ""])


def _html(
    title: str,
    notes: Sequence[str],
    facts: Sequence[tuple[str, str]],
    sentences: Sequence[str],
    alert: AlertMessage,
    footer: str,
    say: Callable[..., str],
) -> str:
    url, heading = escape(one_line(alert.url)), marked(title, alert.surfaces)
    # Feeds may hold any address; only the web's own may become something to click.
    if url.lower().startswith(("https://", "http://")):
        heading = f'<a href="{url}">{heading}</a>'
    parts = ['<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>', f"<h2>{heading}</h2>"]
    parts += [f"<p><strong>{escape(note)}</strong></p>" for note in notes]
    parts.append("<p>" + "<br>".join(f"{escape(name)}: {escape(value)}" for name, value in facts) + "</p>")
    if sentences:
        items = "".join(f"<li>{marked(sentence, alert.surfaces)}</li>" for sentence in sentences)
        parts.append(f"<p>{escape(say('mail.sentences'))}</p><ul>{items}</ul>")
    parts.append(f"<p>{escape(say('mail.link'))}: {url}</p><hr><p><small>{escape(footer)}</small></p></body></html>")
    return "\n".join(parts)


def _date_fields(moment: datetime, say: Callable[..., str]) -> dict[str, Any]:
    local = moment.astimezone(HANOI)
    weekday = say(f"time.weekday_{local.isoweekday()}")
    return {"weekday": weekday, "day": local.day, "month": local.month, "year": local.year}


def _clip(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
