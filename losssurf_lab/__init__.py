"""What lies beside the notebooks and the two helper modules: experiments, kept results, and the checks of answers."""

import os

# Set before PyTorch is imported. Its threads else keep their cores busy while they wait for each other: where another
# program has one of two cores, a step of training took ten to twenty times as long; on idle cores a tenth less.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
