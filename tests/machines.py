"""make test-machines: the tests that hold numbers, computed as other processors and libraries would compute them.

Every machine is tried in a process of its own first: one that dies is beyond this processor, one whose
results equal another's to the last bit would only repeat it. The others run the tests, one after another: this machine
as it is and the two that are furthest from it try all cases, those between them one of four of those that are alike,
each another one. EVERY_NTH_CASE=1 asks for all cases on all. PyTorch and NumPy have a BLAS each, so every pair of their
kernels is tried once, with the two counts of threads by turns.

With arguments, those are given to pytest in place of the tests that hold numbers: python -m tests.machines tests/engine
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).parents[1]
SUITE = [
    *("tests/engine", "tests/catalogue", "tests/analysis", "backend/slalom/engine", "backend/slalom/catalogue"),
    *(f"tests/web/api/test_{name}.py" for name in ("simulate", "networks", "maps", "findings", "sweeps")),
    *("tests/client/test_blocking.py", "tests/wire/test_frames.py", "tests/test_documents.py"),
]
WITHOUT_NUMBERS = [f"tests/engine/test_{name}.py" for name in ("worker", "preview_worker", "fourth_kind", "heartbeat")]
WITHOUT_NUMBERS += ["tests/engine/network/test_names_soak.py", "tests/engine/map/test_process_pool.py"]
WITHOUT_NUMBERS += ["tests/catalogue/formula/test_escapes.py", "tests/catalogue/formula/test_mathml.py"]
WITHOUT_NUMBERS += ["tests/catalogue/datasets/test_uploads.py", "tests/catalogue/datasets/tables"]
"""What is left out: long, and the same on every processor."""

PYTEST = ("-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "--tb=short")

TORCH, BLAS, THREADS = ("default", "avx2", "avx512"), ("Prescott", "Haswell", "SkylakeX"), ("1", "2")
LIMITS_OF_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
PLAIN_MKL = {"MKL_CBWR": "COMPATIBLE"}
PLAIN_LIBM = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX2_Usable,-FMA_Usable"}


class Machine(NamedTuple):
    """A processor with its libraries, as far as environment variables can make one of this one."""

    name: str
    settings: dict[str, str]
    plugins: tuple[str, ...] = ()
    """Those of pytest that make another machine of it."""
    between: bool = False
    """Whether it lies between others, and a part of the cases that are alike is enough."""

    @property
    def environ(self) -> dict[str, str]:
        """The environment of its processes."""
        chosen = {name for machine in machines() for name in machine.settings}
        kept = {name: value for name, value in os.environ.items() if name not in chosen}
        return kept | self.settings


def machines() -> list[Machine]:
    """Return this machine as it is, each pair of PyTorch's and NumPy's kernels, and one library after another plain."""
    found = [Machine("as it is", {})]
    for (i, torch), (j, blas) in product(enumerate(TORCH), enumerate(BLAS)):
        threads = THREADS[(i + j) % 2]
        settings = {"ATEN_CPU_CAPABILITY": torch, "OPENBLAS_CORETYPE": blas} | dict.fromkeys(LIMITS_OF_THREADS, threads)
        name = f"torch {torch}, OpenBLAS {blas}, {threads} thread{'s' * (threads > '1')}"
        found.append(Machine(name, settings, between=True))
    vectors = np.show_config(mode="dicts")["SIMD Extensions"]  # type: ignore[index]
    plain_numpy = {"NPY_DISABLE_CPU_FEATURES": " ".join(vectors.get("found", []))}
    found += [Machine("MKL alike on all processors", PLAIN_MKL, between=True)]
    found += [Machine("libm without FMA", PLAIN_LIBM, between=True)]
    found += [Machine("NumPy without wide vectors", plain_numpy, between=True)]
    found += [Machine("all of it plain", found[1].settings | PLAIN_MKL | PLAIN_LIBM | plain_numpy)]
    return [*found, Machine("PyTorch's last digits shaken", {}, ("-p", "tests.shaken"))]


def fingerprint() -> str:
    """Return what tells apart how two machines round: a digest of sums, products and functions of random numbers."""
    import torch

    digest, random = hashlib.sha256(), np.random.default_rng(0)
    for kind in (np.float32, np.float64):
        x, a, b = (random.normal(size=size).astype(kind) for size in ((4099,), (65, 64), (64, 301)))
        wide, batches = random.normal(size=(3, 300_000)).astype(kind), random.normal(size=(2, 5, 64, 64)).astype(kind)
        made = [np.exp(x), np.tanh(x), np.sin(x), np.cos(x), np.log(abs(x)), abs(x) ** kind(1.7), x.sum(), a @ b]
        made += [a @ b[:, 0].copy(), np.linalg.eigvalsh(a[:64] + a[:64].T)]
        x, a, b, wide, batches = map(torch.from_numpy, (x, a, b, wide, batches))
        tensors = [x.exp(), x.tanh(), x.sigmoid(), x.sin(), x.abs().log(), a.log_softmax(1), wide.sum(1), a @ b]
        tensors += [a @ b[:, 0], torch.bmm(*batches), torch.bmm(batches[0][:, :, :2], batches[1][:, :2, :16])]
        for array in (*made, *(tensor.numpy() for tensor in tensors)):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def distinct(found: list[Machine]) -> Iterator[tuple[Machine, str]]:
    """Yield every machine, and why it need not be tested; an empty reason where it is."""
    seen: dict[tuple[str, ...], str] = {}
    for machine in found:
        answer = started(machine, "-m", "tests.machines", "--fingerprint")
        if answer.returncode > 0:
            sys.exit(f"{machine.name}: {answer.stderr}")
        mark = (answer.stdout.strip(), *machine.plugins)
        if answer.returncode:
            yield machine, f"this processor cannot: {signal.Signals(-answer.returncode).name}"
        elif mark in seen:
            yield machine, f"the same bits as {seen[mark]!r}"
        else:
            seen[mark] = machine.name
            yield machine, ""


def started(machine: Machine, *arguments: str, **cases: str) -> subprocess.CompletedProcess[str]:
    """Run Python on a machine to its end, with a choice of cases."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=machine.environ | cases, capture_output=True, text=True)


def tested(machine: Machine, place: int, what: list[str]) -> tuple[bool, str]:
    """Run the tests on the machine at a place of the list; return whether all passed, and in words what came of it."""
    begun = time.monotonic()
    every = os.environ.get("EVERY_NTH_CASE", "4" if machine.between else "1")
    answer = started(machine, *PYTEST, *machine.plugins, *what, EVERY_NTH_CASE=every, NTH_CASE=str(place))
    lines = (answer.stdout.strip() or answer.stderr.strip() or "nothing was said").splitlines()
    if answer.returncode:
        print(answer.stdout, answer.stderr, flush=True)
    names = [line for line in lines if re.match("FAILED|ERROR", line)]
    summary = re.sub(r" in [\d.]+s.*", "", lines[-1])
    return answer.returncode == 0, "\n    ".join([f"{summary} in {time.monotonic() - begun:.0f} s", *names])


def main() -> int:
    """Say what this processor can be, test each of it, and sum up."""
    what = sys.argv[1:] or [*SUITE, *(f"--ignore={path}" for path in WITHOUT_NUMBERS)]
    chosen: list[Machine] = []
    for machine, why in distinct(machines()):
        print(f"{machine.name}: {f'left out, {why}' if why else 'to be tested'}", flush=True)
        chosen += [] if why else [machine]
    results: dict[str, tuple[bool, str]] = {}
    for place, machine in enumerate(chosen):
        results[machine.name] = tested(machine, place, what)
        print(f"{machine.name}: {results[machine.name][1]}", flush=True)
    width = max(map(len, results))
    print("", *(f"{name:{width}}  {'' if good else 'RED  '}{said}" for name, (good, said) in results.items()), sep="\n")
    return 0 if all(good for good, _ in results.values()) else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["--fingerprint"]:
        print(fingerprint())
    else:
        sys.exit(main())
