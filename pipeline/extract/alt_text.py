"""Alternative texts of pictures: which were written by a person and say something."""

from __future__ import annotations

import re

_FILE_NAME = re.compile(
    r"[^\n]{0,200}\.(?:jpe?g|png|gif|tiff?|bmp|webp|emf|wmf|svg|heic|pdf)", re.I
)
_DEFAULT_NAME = re.compile(
    r"(?:picture|image|photo|figure|graphic|grafik|bild|imagen|imagem|immagine|content placeholder"
    r"|img|dsc[nf]?|screen ?shot|untitled|logo|icon)[\s_-]*[\d\s_.:-]*",
    re.I,
)
# what office programs add to the texts that they make up by themselves, in their languages
_MADE_UP = re.compile(
    r"automatically generated|generated with (?:very )?(?:high|low) confidence"
    r"|AI-generated content|description generated|automatisch generiert|KI-generierte"
    r"|générée? (?:automatiquement|par l.IA)|generad[ao] automáticamente|generad[ao] por IA"
    r"|gerad[ao] automaticamente|generat[ao] automaticamente|automatisch gegenereerd"
    r"|自动生成|自動產生|自動的に生成",
    re.I,
)
_WORD = re.compile(r"[^\W\d_]{4,}")


def spoken_alt(alt: str) -> str:
    """Return an alternative text with its white space folded; empty if it says nothing.

    File names, the names that programs give to pictures, and descriptions that a program made up
    say nothing: what a machine guessed is no evidence.
    """
    folded = " ".join(alt.split())
    if _MADE_UP.search(folded) or _FILE_NAME.fullmatch(folded) or _DEFAULT_NAME.fullmatch(folded):
        return ""
    if folded.startswith(("http://", "https://", "file:", "data:")) or "\\" in folded:
        return ""
    return folded if _WORD.search(folded) else ""
