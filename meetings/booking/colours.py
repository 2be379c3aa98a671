"""An owner's colour on their booking page, in shades that people can read: WCAG 2.2, contrast 4.5 to 1 for text.

https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
"""

import re
from dataclasses import dataclass

READABLE = 4.5
#: What the page's text and buttons stand on, darkest and lightest of okey.css in each scheme.
LIGHT_PAPERS, DARK_PAPERS = ("#ffffff", "#f2f2f0"), ("#212329", "#121316")
WHITE, BLACK, NIGHT = "#ffffff", "#000000", "#14172b"
#: Of okey.css, in light.
OWN_COLOUR = "#3d4fc4"
#: How much nearer to black or white each try is.
STEP = 0.02

HEX = re.compile(r"^#[0-9a-f]{6}\Z")


@dataclass(frozen=True)
class Shades:
    """Of one colour in one scheme, by the names that okey.css has for them."""

    accent: str
    accent_strong: str
    accent_soft: str
    on_accent: str


def light(colour: str) -> Shades:
    """`colour`: "#rrggbb"; darker where it could not be read."""
    accent = _readable(colour, LIGHT_PAPERS, towards=BLACK)
    soft = mixed(accent, WHITE, 0.9)
    accent = _readable(accent, (*LIGHT_PAPERS, soft), towards=BLACK)
    return Shades(accent, _readable(mixed(accent, BLACK, 0.2), (*LIGHT_PAPERS, soft), towards=BLACK), soft, WHITE)


def dark(colour: str) -> Shades:
    """`colour`: "#rrggbb"; lighter where it could not be read."""
    accent = _readable(mixed(colour, WHITE, 0.35), (*DARK_PAPERS, NIGHT), towards=WHITE)
    soft = mixed(accent, DARK_PAPERS[0], 0.85)
    accent = _readable(accent, (*DARK_PAPERS, NIGHT, soft), towards=WHITE)
    return Shades(accent, _readable(mixed(accent, WHITE, 0.25), (*DARK_PAPERS, soft), towards=WHITE), soft, NIGHT)


def mixed(one: str, other: str, share: float) -> str:
    """`share`: of the other, 0 to 1."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def contrast(one: str, other: str) -> float:
    """1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _readable(colour: str, papers: tuple[str, ...], *, towards: str) -> str:
    """The nearest shade of it; at the end the way leads to black or white, which can be read on all of these."""
    tries = (mixed(colour, towards, number * STEP) for number in range(round(1 / STEP) + 1))
    return next(one for one in tries if all(contrast(one, paper) >= READABLE for paper in papers))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
