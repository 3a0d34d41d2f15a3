"""The one exception for what a user can mend."""


class UserError(Exception):
    """A paragraph for the user: what is wrong, where, and how to mend it.

    The command-line entries print it without a traceback and exit with status 1.
    """
