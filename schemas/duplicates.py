"""Duplicates: which pictures are one picture."""

import pyarrow as pa

from schemas.contract import Contract, column, optional

DUPLICATES = Contract(
    name="duplicates",
    version=1,
    written_by="deduplicate",
    columns=(
        column("image_id", pa.string(), "The picture"),
        column("cluster_id", pa.string(), "The cluster: the image_id of its canonical picture"),
        column("canonical_id", pa.string(), "The picture that stands for the cluster"),
        optional("distance", pa.int32(), "Hamming distance of the pHashes to the canonical one"),
        column("method", pa.string(), "How it was recognised"),
        optional(
            "benchmark",
            pa.string(),
            "Benchmarks of the catalog that hold a picture of the cluster, by name, `a, b`",
        ),
        column("status", pa.string(), "`ok`, or `no_fingerprint`"),
        optional("error", pa.string(), "What went wrong"),
    ),
    key=("image_id",),
    allowed={
        "method": frozenset({"single", "canonical", "pixels", "phash", "view", "none"}),
        "status": frozenset({"ok", "no_fingerprint"}),
    },
)
