"""What every table promises: names, types, meanings and closed lists of values."""

from schemas.annotations import ANNOTATIONS
from schemas.benchmarks import BENCHMARKS
from schemas.captions import ANSWERS, CAPTIONS
from schemas.contract import Contract, ContractError
from schemas.duplicates import DUPLICATES
from schemas.fingerprints import FINGERPRINTS
from schemas.images import IMAGES
from schemas.items import ITEMS
from schemas.labels import LABELS
from schemas.media import MEDIA
from schemas.pairs import PAIRS
from schemas.release import PROVENANCE, RELEASE
from schemas.texts import TEXTS
from schemas.verdicts import VERDICTS

CONTRACTS: tuple[Contract, ...] = (
    ITEMS,
    MEDIA,
    IMAGES,
    TEXTS,
    PAIRS,
    FINGERPRINTS,
    DUPLICATES,
    VERDICTS,
    ANNOTATIONS,
    LABELS,
    ANSWERS,
    CAPTIONS,
    RELEASE,
    PROVENANCE,
)

__all__ = [
    "ANNOTATIONS",
    "ANSWERS",
    "BENCHMARKS",
    "CAPTIONS",
    "CONTRACTS",
    "DUPLICATES",
    "FINGERPRINTS",
    "IMAGES",
    "ITEMS",
    "LABELS",
    "MEDIA",
    "PAIRS",
    "PROVENANCE",
    "RELEASE",
    "TEXTS",
    "VERDICTS",
    "Contract",
    "ContractError",
]
