"""The notifier: notifies people of alerts, once, and escalates alerts that nobody acts on.

It is level-triggered, like the rules: :mod:`agents.notifier.notifications` says which notifications an alert requires,
the outbox (:mod:`agents.notifier.outbox`) which there were, and the difference is sent.  So a restart, a replay, or a
kill between sending a message and storing that it was sent, repeats one message at most, under the same Message-ID.
"""

from __future__ import annotations
