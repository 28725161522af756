"""What lies beside the notebooks and the two helper modules: experiments, kept results, and the checks of answers."""

import os

# Set before PyTorch is imported, for the OpenMP that it brings on Linux: how often a thread without work looks for some
# before it sleeps. By default that is so long that, where another program has one of two cores, a step of training took
# three to twenty times as long; where threads sleep at once, it took twice as long on idle cores.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
