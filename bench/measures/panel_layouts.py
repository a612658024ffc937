"""How the panels of a figure lie: boxes as shares of its width and height."""

from __future__ import annotations

import numpy as np

Cell = tuple[float, float, float, float]


def grid(rows: int, columns: int) -> tuple[Cell, ...]:
    """Return the cells of a grid, as shares of the figure, in reading order."""
    return tuple(
        (c / columns, r / rows, (c + 1) / columns, (r + 1) / rows)
        for r in range(rows)
        for c in range(columns)
    )


def uneven(rng: np.random.Generator) -> tuple[Cell, ...]:
    """Rows of different heights and numbers of panels; or the same turned by 90 degrees."""
    rows = int(rng.integers(2, 4))
    counts = rng.integers(1, 4, rows)
    counts[int(rng.integers(rows))] = 3 if counts.sum() <= rows else counts[0]
    tops = np.concatenate(([0], np.cumsum(rng.uniform(0.7, 1.4, rows))))
    cells = []
    for row, count in enumerate(counts):
        lefts = np.concatenate(([0], np.cumsum(rng.uniform(0.75, 1.3, max(1, count)))))
        for place in range(max(1, int(count))):
            a, b = lefts[place] / lefts[-1], lefts[place + 1] / lefts[-1]
            cells.append((a, tops[row] / tops[-1], b, tops[row + 1] / tops[-1]))
    if rng.random() < 0.4:
        return tuple((y0, x0, y1, x1) for x0, y0, x1, y1 in cells)
    return tuple(cells)


def pinwheel(rng: np.random.Generator) -> tuple[Cell, ...]:
    """Return four panels around a fifth, as no straight cut can part them; in reading order."""
    a, b = rng.uniform(0.28, 0.4, 2)
    cells = (
        (0.0, 0.0, 1 - a, b),
        (1 - a, 0.0, 1.0, 1 - b),
        (0.0, b, a, 1.0),
        (a, b, 1 - a, 1 - b),
        (a, 1 - b, 1.0, 1.0),
    )
    if rng.random() < 0.5:
        return tuple(sorted(((1 - x1, y0, 1 - x0, y1) for x0, y0, x1, y1 in cells), key=_place))
    return cells


def _place(cell: Cell) -> tuple[float, float]:
    return cell[1], cell[0]


def any_grid(rng: np.random.Generator) -> tuple[Cell, ...]:
    """Return the cells of a grid of two to twelve panels."""
    sides = ((1, 2), (1, 3), (2, 1), (2, 2), (2, 2), (2, 3), (3, 2), (3, 3), (1, 4), (3, 4))
    return grid(*sides[int(rng.integers(len(sides)))])
