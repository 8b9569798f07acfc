"""The Vietnamese words of the mails, for tests that look at what is written."""

from tintinh.messages import speaker

say = speaker("vi")
