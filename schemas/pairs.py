"""Pairs: which passage speaks about which picture.

The score says how sure it is that the passage speaks about the picture, on one scale for all
sources; what ties the two together decides:

- 1.0: the source states it: a dataset's own record; speech that points at what is on the screen.
- 0.9: the passage is the picture's own: its caption, by label, letter or place; its post's words.
- 0.7 to 0.8: time or place ties them: spoken while it is shown, beside it, of all panels.
- 0.5 to 0.6: it may speak of others too: a title, a neighbour's caption, a citing sentence.
- below 0.5: the same page or thread: notes, answers, speech that is mostly over another scene.
"""

import pyarrow as pa

from schemas.contract import Contract, column, optional

PAIRS = Contract(
    name="pairs",
    version=3,
    written_by="extract",
    columns=(
        column("image_id", pa.string(), "The picture"),
        column("text_id", pa.string(), "The passage"),
        column("method", pa.string(), "How the two were brought together"),
        column("score", pa.float64(), "How sure the pairing is, 0 to 1"),
        column("group_id", pa.string(), "Video, article, thread, deck or patient"),
        optional(
            "similarity",
            pa.float64(),
            "How alike a model finds picture and passage, -1 to 1; null if none was asked",
        ),
        column("status", pa.string(), "`ok`, or why it does not count"),
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
        "status": frozenset(
            {
                "ok",
                "unlike",  # the model finds them less alike than the catalog asks for
            }
        ),
    },
)
