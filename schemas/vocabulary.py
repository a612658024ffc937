"""Closed lists that several tables share."""

# What can go wrong with one fetched file; `ok` when nothing did.
FETCH_STATUSES = frozenset(
    {
        "ok",
        "forbidden_by_robots",  # robots.txt or X-Robots-Tag says no
        "access_denied",  # 401, 403, 451
        "not_found",  # 404
        "gone",  # 410, or the source says removed
        "rate_limited",  # 429 after all retries
        "server_error",  # 5xx after all retries
        "network_error",  # no connection, cut connection, time-out
        "too_large",  # over the size limit, or a decompression bomb
        "wrong_type",  # an HTML page where a picture was promised, and the like
        "checksum_mismatch",  # the bytes are not those that the source announced
        "retired_endpoint",  # the address is known to have been retired
        "refused_address",  # a redirect to an address that must not be reached
        "malformed",  # the answer could not be read
        "no_captions",  # a video without the captions it needs
    }
)

# Failures that may pass: what is asked again later may come.
PASSING = frozenset({"rate_limited", "server_error", "network_error"})

# Why a listed thing is not collected; `ok` when it is.
ITEM_STATUSES = frozenset(
    {
        "ok",
        "retracted",
        "deleted",  # by its author, or removed by moderators
        "no_licence",  # no licence is stated where the source requires one
        "not_open_access",
        "forbidden_by_robots",
        "gone",
        "off_topic",
        "malformed",
        "unreachable",
    }
)

LICENCE_TIERS = frozenset({"open", "non-commercial", "no-derivatives", "restricted", "unknown"})

CAPTION_KINDS = frozenset({"refined", "ontology", "concept"})
