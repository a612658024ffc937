"""Benchmarks: what the pictures of evaluation sets look like. One table for each set."""

import pyarrow as pa

from schemas.contract import Contract, column, optional
from schemas.fingerprints import FINGERPRINTS

_LOOKS = (
    *("pixel_sha256", "phash", "phash_mode", "view_phashes"),
    *("colour_signature", "detail"),
)

BENCHMARKS = Contract(
    name="benchmarks",
    version=FINGERPRINTS.version,  # it holds the same columns
    written_by="benchmark",
    columns=(
        column("benchmark", pa.string(), "Name of the evaluation set in the catalog"),
        column("file", pa.string(), "Path below the set's folder, a name of its list, or a line"),
        optional("file_sha256", pa.string(), "Digest of the file's bytes"),
        optional("sha256", pa.string(), "Digest of a small copy in the media store"),
        *(FINGERPRINTS.schema.field(name) for name in _LOOKS),
        column("status", pa.string(), "`ok`, `hash_only`, or why it cannot be compared"),
        optional("error", pa.string(), "What went wrong"),
    ),
    key=("benchmark", "file"),
    allowed={
        "phash_mode": FINGERPRINTS.allowed["phash_mode"],
        "status": frozenset(
            {
                "ok",
                "hash_only",  # of a list of hashes: nothing else is known of it
                "not_found",  # the list names it, the folder does not hold it
                "unreadable",  # the file cannot be opened, or is too large a file
                "truncated",
                "undecodable",
                "too_large",
            }
        ),
    },
)
