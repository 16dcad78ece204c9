#!/usr/bin/env python3
"""Write core/base/ziggurat_tables.h: layer edges of two 256-layer ziggurats.

Marsaglia and Tsang, "The ziggurat method for generating random variables", J. Stat. Soft. 5(8),
2000. A decreasing density f on [0, inf) is covered by 256 pieces of equal area v: 255 rectangles
and a base strip with the tail beyond r. Edges follow from v = r f(r) + tail(r) by
f(x[i+1]) = f(x[i]) + v / x[i]; the one r with f(x[256]) = 1 closes the stack.

Run `python3 core/base/ziggurat_tables.py > core/base/ziggurat_tables.h`; the output is exact to the
last bit (60 decimal digits inside), so the committed file never changes unless this script does.
"""
from decimal import Decimal, getcontext

getcontext().prec = 60
LAYERS = 256


def exponential_density(x):
    return (-x).exp()


def exponential_inverse(y):
    return -y.ln()


def exponential_tail(x):
    return (-x).exp()


def normal_density(x):
    return (-x * x / 2).exp()


def normal_inverse(y):
    return (-2 * y.ln()).sqrt()


def normal_tail(x):
    """Integral of exp(-t^2/2) from x > 0: Laplace's continued fraction."""
    denominator = x
    for k in range(3000, 0, -1):
        denominator = x + Decimal(k) / denominator
    return normal_density(x) / denominator


def edges(r, density, inverse, tail):
    """x[0] = v / f(r), x[1] = r, ...; stops early when a layer would rise above f(0) = 1."""
    v = r * density(r) + tail(r)
    x = [v / density(r), r]
    while len(x) < LAYERS:
        y = density(x[-1]) + v / x[-1]
        if y >= 1:
            return x, y
        x.append(inverse(y))
    return x, density(x[-1]) + v / x[-1]


def solve(density, inverse, tail, low, high):
    """Bisect for the r whose topmost layer ends at 1; a smaller r rises too far."""
    for _ in range(180):
        middle = (low + high) / 2
        if edges(middle, density, inverse, tail)[1] > 1:
            low = middle
        else:
            high = middle
    x, top = edges(high, density, inverse, tail)
    assert len(x) == LAYERS and abs(top - 1) < Decimal("1e-40")
    return x + [Decimal(0)]


def print_table(name, values):
    print(f"static const double {name}[{len(values)}] = {{")
    for i in range(0, len(values), 3):
        print("    " + ", ".join(float(v).hex() for v in values[i:i + 3]) + ",")
    print("};\n")


def main():
    print("/* Written by core/base/ziggurat_tables.py; do not edit. */")
    print("/* clang-format off */")
    print("#ifndef HST_CORE_BASE_ZIGGURAT_TABLES_H")
    print("#define HST_CORE_BASE_ZIGGURAT_TABLES_H\n")
    for name, density, inverse, tail, low, high in (
        ("exponential", exponential_density, exponential_inverse, exponential_tail, 7, 8),
        ("normal", normal_density, normal_inverse, normal_tail, 3, 4),
    ):
        x = solve(density, inverse, tail, Decimal(low), Decimal(high))
        print(f"/* x[i]: right edge of layer i, x[0] that of a box with the base strip's area. */")
        print_table(f"{name}_x", x)
        print(f"/* f(x[i]); the entry for x[0] is not used. */")
        print_table(f"{name}_f", [density(v) for v in x])
    print("#endif")


if __name__ == "__main__":
    main()
