# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Labels beside a picture: each as near to where it belongs as the others let it."""


def pushed_down(middles, height, first):
    done = []
    for one in middles:
        first = max(one, first)
        done.append(first)
        first += height
    return done


def pushed_up(middles, height, last):
    return [-one for one in reversed(pushed_down([-one for one in reversed(middles)], height, -last))]


def spread(wanted, height, least, most):
    """Middles of labels of that height for wanted ones, ascending, between least and most, which has the room."""
    first, last = least + height / 2, most - height / 2
    down = pushed_up(pushed_down(wanted, height, first), height, last)
    up = pushed_down(pushed_up(wanted, height, last), height, first)
    return [(one + other) / 2 for one, other in zip(down, up)]
