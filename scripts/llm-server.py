#!/usr/bin/env python3
"""Serves a small real language model by llama.cpp's own HTTP on loopback, for tests. Needs scripts/fetch-llm.sh once.

    .cache/llm/bin/python scripts/llm-server.py PORT [MODEL.gguf]

Prints "ready http://127.0.0.1:PORT/v1" when it answers. llama.cpp's log goes to stderr. It ends when it is told to (SIGTERM), when it is
killed, or when its standard input is closed, so that it never outlives the test that started it.
"""
import os
import sys

import xllamacpp


def main() -> int:
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    params = xllamacpp.CommonParams()
    params.model.path = sys.argv[2] if len(sys.argv) == 3 else os.path.join(sys.prefix, "model.gguf")
    params.hostnames = ["127.0.0.1"]
    params.port = int(sys.argv[1])
    params.n_parallel = 4  # answers at once; more wait their turn
    params.n_ctx = 4 * 2048  # of all together
    params.cpuparams.n_threads = 1        # two wait for each other, for seconds on a machine that has other work
    params.cpuparams_batch.n_threads = 1
    params.n_threads_http = 12  # each open stream keeps one
    params.endpoint_slots = True
    server = xllamacpp.Server(params)
    print("ready", server.listening_address + "/v1", flush=True)
    sys.stdin.read()
    # No clean-up: its threads may be in the middle of an answer.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
