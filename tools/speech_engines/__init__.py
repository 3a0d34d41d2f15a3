"""Speech engines that Debian packages, and a corpus of what they say."""
