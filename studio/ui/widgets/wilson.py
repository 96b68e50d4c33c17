"""How sure a share is: the Wilson score interval, which holds its level also near 0 and 1 and for few."""

import math

_Z_95 = 1.959963984540054


def wilson(right: float, total: float, z: float = _Z_95) -> tuple[float, float]:
    """Lower and upper bound of the share right / total; (0, 1) where total is 0. Wilson 1927."""
    if total <= 0:
        return 0.0, 1.0
    share = right / total
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    middle, norm = share + z * z / (2 * total), 1 + z * z / total
    # At 0 and 1 a bound is the share itself, which rounding would miss by a hair.
    return max(min((middle - spread) / norm, share), 0.0), min(max((middle + spread) / norm, share), 1.0)
