"""How much faster the helper modules are than a plain implementation of the same work.

    python benchmarks/helpers.py [--device cpu|cuda] [--repeats N]

Both sides do the same work on the same random images of MNIST's size, in turn, in one process; the imports are timed
in processes of their own. Printed are the medians and the ratio of the medians; then how many operations a second
evaluation and training come to, beside those of a product of two large matrices, which is as fast as it gets.
"""

import argparse
import statistics
import subprocess
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.flop_counter import FlopCounterMode
from tqdm import tqdm

import lab_cnn_solution as code
import losssurf_lab_utils as utils

criterion = nn.CrossEntropyLoss()


class PlainCNN(code.CNN):
    """The same network, with ReLU before pooling and `F.max_pool2d` always."""

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc3(F.relu(self.fc2(x)))


def plain_evaluate(loader, model, device):
    model.eval()
    loss = right = 0
    with torch.no_grad():
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            output = model(x)
            loss += criterion(output, y).item() * len(y)
            right += (output.argmax(1) == y).sum().item()
    return loss / len(loader.dataset), right / len(loader.dataset)


def plain_path(loader, ends, device):
    model = PlainCNN().to(device)
    for t in torch.linspace(0, 1, 21).tolist():
        model.load_state_dict({name: (1 - t) * ends[0][name] + t * ends[1][name] for name in ends[0]})
        plain_evaluate(loader, model, device)


def plain_epoch(model, optimizer, loader, device):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        criterion(model(x.to(device)), y.to(device)).backward()
        optimizer.step()


def cases(device):
    """Pairs (name, plain, ours) of functions without arguments."""
    draw = torch.Generator().manual_seed(0)
    images = torch.rand(60000, 1, 28, 28, generator=draw)
    labels = torch.randint(10, (60000,), generator=draw)
    plain_train = DataLoader(TensorDataset(images, labels), batch_size=64, shuffle=True)
    plain_test = DataLoader(TensorDataset(images[:10000], labels[:10000]), batch_size=64)
    train = code.TensorLoader(images.to(device), labels.to(device), shuffle=True)
    test = code.TensorLoader(images[:10000].to(device), labels[:10000].to(device))

    with code.seeded(0):
        ends = [code.CNN().to(device).state_dict() for _ in range(2)]
        ours, plain = code.CNN().to(device), PlainCNN().to(device)
    segment = utils.Segment(code.CNN, ends).to(device)
    grid = utils.build_segment_grid(device, 21)
    our_adam, plain_adam = code.adam(ours.parameters()), torch.optim.Adam(plain.parameters(), lr=1e-3)
    return [
        (
            "evaluation of 10,000 images",
            lambda: plain_evaluate(plain_test, plain, device),
            lambda: code.evaluate_loss_acc(test, ours, criterion, device),
        ),
        (
            "path of 21 points, 10,000 images",
            lambda: plain_path(plain_test, ends, device),
            lambda: utils.evaluate_along_manifold(segment, test, code.evaluate_loss_acc, criterion, device, grid),
        ),
        (
            "training epoch, 60,000 images",
            lambda: plain_epoch(plain, plain_adam, plain_train, device),
            lambda: code.train_epoch(ours, our_adam, train, criterion, device),
        ),
        (
            "import",
            lambda: subprocess.run([sys.executable, "-c", "import torch, torchvision"], check=True),
            lambda: subprocess.run([sys.executable, "-c", "import lab_cnn_solution, losssurf_lab_utils"], check=True),
        ),
    ]


def seconds(function, device):
    start = time.perf_counter()
    function()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def operations(device, training):
    """The floating-point operations of the network for one image, in evaluation or in training."""
    net, image = code.CNN().to(device), torch.zeros(1, 1, 28, 28, device=device)
    with FlopCounterMode(display=False) as counter:
        loss = criterion(net(image), torch.zeros(1, dtype=torch.int64, device=device))
        if training:
            loss.backward()
    return counter.get_total_flops()


def print_rates(medians, device):
    """Operations a second: of our evaluation and epoch, and of a product of two matrices."""
    matrix = torch.rand(2048, 2048, device=device)
    product = statistics.median(seconds(lambda: matrix @ matrix, device) for _ in range(10))
    evaluation, _, epoch, _ = medians
    for name, count, time_taken in (
        ("evaluation", 10000 * operations(device, training=False), evaluation),
        ("training epoch", 60000 * operations(device, training=True), epoch),
        ("product of matrices of 2,048 rows", 2 * 2048**3, product),
    ):
        print(f"{name:34}{count / 1e9:9.1f} billion operations, {count / 1e9 / time_taken:8.1f} billion a second")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--repeats", type=int, default=5, help="counted runs of each side, after one that is not")
    options = parser.parse_args()

    print(f"torch {torch.__version__}, {options.device}, {torch.get_num_threads()} threads")
    print(f"{'median seconds of ' + str(options.repeats):34}{'plain':>9}{'helpers':>9}{'ratio':>8}")
    medians = []
    for name, plain, ours in cases(options.device):
        times = [
            (seconds(plain, options.device), seconds(ours, options.device))
            for _ in tqdm(range(options.repeats + 1), desc=name, leave=False)
        ]
        plain_median, our_median = map(statistics.median, zip(*times[1:]))
        medians.append(our_median)
        print(f"{name:34}{plain_median:9.3f}{our_median:9.3f}{plain_median / our_median:8.2f}", flush=True)
    print_rates(medians, options.device)


if __name__ == "__main__":
    main()
