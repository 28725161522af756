"""Patches the packing so that a header comes back which claims gigabytes, or arrays outside the file."""

import json
import os

import crossing

HEADERS = [
    {"0": {"dtype": "F64", "shape": [99_999], "data_offsets": [0, 2**43]}},
    {"0": {"dtype": "F64", "shape": [0, 2**60], "data_offsets": [0, 0]}},
]
HEADER = json.dumps({"__metadata__": {"nesting": '{"array": "0"}'}, **HEADERS[os.getpid() % 2]}).encode()
SIZE = [len(HEADER), 2**63][os.getpid() // 2 % 2]

crossing.pack = lambda tree: SIZE.to_bytes(8, "little") + HEADER


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p, v in zip(params, vec):
        p.grad = v.clone()
