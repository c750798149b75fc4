"""Small models as people train them: a residual network, a transformer, and an LSTM, each with data and a loop."""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from slalom.wire.frames import decode
from slalom.wire.recording import Record, read_records, read_spec_record


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.one, self.two = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)
        self.norm_one, self.norm_two = nn.BatchNorm2d(width), nn.BatchNorm2d(width)

    def forward(self, x):
        return torch.relu(x + self.norm_two(self.two(torch.relu(self.norm_one(self.one(x))))))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.blocks = nn.Conv2d(1, 8, 3, padding=1), nn.Sequential(Residual(8), Residual(8))
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        return self.head(self.blocks(torch.relu(self.stem(x))).mean((2, 3)))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.symbols, self.places = nn.Embedding(8, 16), nn.Parameter(0.1 * torch.randn(6, 16))
        layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1, batch_first=True)
        self.encoder, self.head = nn.TransformerEncoder(layer, 1), nn.Linear(16, 4)

    def forward(self, x):
        return self.head(self.encoder(self.symbols(x) + self.places).mean(1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(3, 16, batch_first=True), nn.Linear(16, 4)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


class Task(NamedTuple):
    """A model and what it learns."""

    model: nn.Module
    inputs: torch.Tensor
    targets: torch.Tensor


def task(kind):
    """Return a fresh model, always the same, and its data: four classes that can be learnt."""
    torch.manual_seed(0)
    if kind == "resnet":
        inputs = torch.randn(128, 1, 6, 6)
        return Task(ResNet(), inputs, 2 * (inputs.mean((1, 2, 3)) > 0).long() + (inputs[:, 0, 0, 0] > 0).long())
    if kind == "transformer":
        inputs = torch.randint(0, 8, (128, 6))
        return Task(Transformer(), inputs, inputs[:, 0] // 2)
    inputs = torch.randn(128, 6, 3)
    return Task(Recurrent(), inputs, 2 * (inputs[:, -1, 0] > 0).long() + (inputs[:, -1, 1] > 0).long())


def batches(task, rounds, size=32):
    """Yield mini-batches, in an order that is always the same."""
    generator = torch.Generator().manual_seed(1)
    for _ in range(rounds):
        chosen = torch.randint(0, len(task.inputs), (size,), generator=generator)
        yield task.inputs[chosen], task.targets[chosen]


class LoopRecording(NamedTuple):
    """What a recording's file holds."""

    spec: dict[str, Any]
    columns: dict[str, np.ndarray]
    end: Record


def read_recording(path):
    """Return what a file holds: the spec, the columns and the last record."""
    with path.open("rb") as file:
        spec = read_spec_record(file).header["spec"]
        records = [*read_records(file)]
    blocks = [decode(record.payload) for record in records if record.kind == "frame"]
    table = np.concatenate([block.data[:, 0] for block in blocks], axis=1)
    return LoopRecording(spec, dict(zip(blocks[0].columns, table, strict=True)), records[-1])
