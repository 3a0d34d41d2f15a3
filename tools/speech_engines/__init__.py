"""Speech engines from Debian packages, and corpora of their speech."""
