"""Records of a batch that are left out and said so: a repeated header, a total."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.messages import Sentence
from imports.errors import ErrorCode
from imports.text_batches import RowProblem, TextBatch


def with_filtered(
    batch: TextBatch, rows: Collection[int], code: ErrorCode, sentence: Sentence, location: Callable[[int], str]
) -> TextBatch:
    """Return the batch with these records emptied and reported as problems.

    rows: positions in the batch, rising; location: of a source position, in words.
    """
    if not rows:
        return batch
    mask = np.zeros(batch.rows, bool)
    mask[list(rows)] = True
    originals = {
        problem.index: problem.original for problem in reversed(batch.problems) if problem.original is not None
    }
    problems = [problem for problem in batch.problems if not mask[problem.index]]
    for i in rows:
        original = originals.get(i) or tuple(column[i].as_py() for column in batch.columns)
        message = sentence(location=location(batch.source_positions[i].as_py()))
        problems.append(RowProblem(i, code, message, rejected=True, original=original))
    columns = [pc.if_else(pa.array(mask), pa.scalar(None, pa.string()), column) for column in batch.columns]
    return replace(batch, columns=columns, problems=tuple(sorted(problems, key=lambda problem: problem.index)))
