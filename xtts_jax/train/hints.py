"""What a user is told to type next."""

import os
import sys


def speak_command(options: str) -> str:
    """`run_infer.py` by the Python that runs this, where it is in a folder within the current one."""
    here = os.path.relpath(sys.executable)
    python = "python" if here.startswith(os.pardir) else here
    return f'Speak with: {python} run_infer.py {options} --text "..." --out speech.wav'
