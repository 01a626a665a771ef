"""Serve in a process of its own: `python -m tests.push_service`, for benches and demonstrations.

Prints the origin, takes any POST to /wpush/v2/<anything> until its input is closed, then prints
how many came. (In the bench's own process it would share the interpreter with the sender.)
"""

import sys

from tests.push_service import PushService

with PushService(verify=False) as service:
    print(service.origin, flush=True)
    sys.stdin.read()
    print(len(service.posts), flush=True)
