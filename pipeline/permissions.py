"""What each licence tier permits, as one closed table. What is not known permits nothing.

The table is this project's reading, on the careful side; it is no legal advice. It rests on:

- Creative Commons BY 4.0, sections 2(a)(1) (reproduce, share, adapt) and 3(a) (attribution), and
  CC0 1.0, section 2 (waiver) and 3 (fallback licence);
- BY-NC 4.0, sections 1(i) and 2(a)(1): nothing primarily for commercial advantage;
- BY-ND 4.0, sections 1(a) and 2(a)(1)(B): adapted material may be made but not shared, and in
  version 3.0 and before not made; a crop of a picture is taken for adapted material;
- BY-SA 4.0, section 3(b): adapted material goes under the same licence;
- Directive (EU) 2019/790, articles 3 and 4: copies may be held for text and data mining, which
  does not cover passing them on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Tier = Literal["open", "non-commercial", "no-derivatives", "restricted", "unknown"]

# The widest first: each tier permits no more than the one before it.
TIERS: tuple[Tier, ...] = ("open", "non-commercial", "no-derivatives", "restricted", "unknown")


@dataclass(frozen=True, slots=True)
class Permissions:
    """What may be done with a picture, and what must be done if it is passed on.

    ``may_alter`` is to crop or change it and pass that on. The duties of a tier are those of its
    strictest licence; `pipeline.licences.permissions_of` tells those of one licence.
    """

    may_hold: bool
    may_alter: bool
    may_redistribute: bool
    may_train_commercially: bool
    must_attribute: bool = True
    must_share_alike: bool = True


PERMITTED: Mapping[Tier, Permissions] = {
    "open": Permissions(
        may_hold=True, may_alter=True, may_redistribute=True, may_train_commercially=True
    ),
    "non-commercial": Permissions(
        may_hold=True, may_alter=True, may_redistribute=True, may_train_commercially=False
    ),
    "no-derivatives": Permissions(
        may_hold=True, may_alter=False, may_redistribute=True, may_train_commercially=False
    ),
    "restricted": Permissions(
        may_hold=True, may_alter=False, may_redistribute=False, may_train_commercially=False
    ),
    "unknown": Permissions(
        may_hold=False, may_alter=False, may_redistribute=False, may_train_commercially=False
    ),
}


def narrowest(*tiers: Tier) -> Tier:
    """Return the tier that permits least."""
    return max(tiers, key=TIERS.index)
