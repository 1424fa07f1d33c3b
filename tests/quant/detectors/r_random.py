"""The random numbers of R: `set.seed(seed); rnorm(count, mean, sd)`, without R."""

import numpy as np
from scipy.special import ndtri

BIG = 134217728  # 2^27: R makes one normal number of two uniform ones (inversion)


def rnorm(seed, count, mean=0.0, sd=1.0):
    """The first `count` normal numbers after the seed, as R 3.6 and later give them by default."""
    raw = _twister(seed).random_raw(2 * count) * 2.3283064365386963e-10  # 2^-32 as R rounds it
    uniform = np.clip(raw, 0.5 * 2.328306437080797e-10, 1 - 0.5 * 2.328306437080797e-10).reshape(-1, 2)
    return mean + sd * ndtri((np.floor(BIG * uniform[:, 0]) + uniform[:, 1]) / BIG)


def _twister(seed):
    """The Mersenne Twister in R's state: the seed is scrambled 50 times, then makes 625 words."""
    words = []
    for _ in range(50 + 625):
        seed = (69069 * seed + 1) % 2**32
        words.append(seed)
    twister = np.random.MT19937()
    key = np.array(words[-624:], np.uint32)
    twister.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": 624}}
    return twister
