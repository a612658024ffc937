"""Pairs: which passage speaks about which picture."""

import pyarrow as pa

from schemas.contract import Contract, column, optional

PAIRS = Contract(
    name="pairs",
    version=2,
    written_by="extract",
    columns=(
        column("image_id", pa.string(), "The picture"),
        column("text_id", pa.string(), "The passage"),
        column("method", pa.string(), "How the two were brought together"),
        column("score", pa.float64(), "How sure the pairing is, 0 to 1"),
        column("group_id", pa.string(), "Video, article, thread, deck or patient"),
        column("status", pa.string(), "`ok`"),
        optional("error", pa.string(), "What is wrong with it"),
    ),
    key=("image_id", "text_id"),
    allowed={
        "method": frozenset(
            {
                "transcript_window",  # said while the scene is shown
                "figure_caption",  # the caption of the whole figure
                "panel_subcaption",  # the part of it with the panel's letter
                "citing_paragraph",  # the text that cites the figure
                "picture_caption",  # what a writer put under this one of several pictures
                "same_post",  # the words of the post that holds the picture
                "reply",  # an answer in the thread
                "slide_caption",  # the text next to the picture
                "slide_title",
                "slide_notes",
                "record",  # the dataset's own record
            }
        ),
        "status": frozenset({"ok"}),
    },
)
