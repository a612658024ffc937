"""The phrases that deny, doubt or date what they stand beside, cue by cue."""

from __future__ import annotations

from pipeline.knowledge.cues import (
    CLOSING,
    COLON,
    FARTHEST_REACH,
    NEUTRAL,
    QUESTION,
    SEMICOLON,
    SENTENCE_END,
    Cue,
)
from pipeline.knowledge.spelling import WORD, listed, word_key

_RELATIVES = listed(
    """
    mother father brother sister sibling parent grandmother grandfather uncle aunt cousin mom dad
    nephew niece grandparent
    """
)
_RELATIVE_VERBS = listed(
    """
    had; has; have; with; also had; also has; suffers from; suffered from; was diagnosed with; is
    affected by; was also affected by; is also affected by; were affected by; had died of; died of;
    died from; have; had had; also have; developed; was told; was told she had; was told he had
    """,
    ";",
)
_DURATIONS = listed("hour day week month year decade long lifelong longstanding prolonged short")

# Phrases separated by semicolons, cue by cue.
_PHRASES: tuple[tuple[Cue, str], ...] = (
    (
        Cue("negated", "forward", 12),
        """
        no; not; without; no evidence of; no sign of; no signs of; no history of; absence of;
        negative for; denies; denied; denying; free of; free from; never had; never; lack of;
        lacks; lacking; ruled out; rules out; ruling out; excluded; excludes; nor; neither; none;
        instead of; rather than; cannot be; isn't; wasn't; aren't; weren't; doesn't have;
        don't have; didn't have; no clinical evidence of; no features of; no findings of; not
        consistent with; not suggestive of; not typical of; argues against; no family history of;
        no personal history of; no previous history of; no past history of; sparing;
        spares; was negative for; were negative for; is negative for; came back negative for;
        argue against; argued against; arguing against; against a diagnosis of; after exclusion of;
        exclusion of; unlikely to be; no features suggestive of; no findings suggestive of; no
        evidence for; without evidence of; without any; without signs of; without features of; not
        have; does not have; did not have; do not have; failed to show; failed to reveal; did not
        show; did not reveal; no clinical signs of; no clinical sign of; nothing to suggest; not a
        case of; never been; tested negative for; not consistent with a diagnosis of; can't be
        """,
    ),
    (
        Cue("negated", "forward", 6),
        "don't see; do not see; we don't see; you don't see here; don't see here; did not see",
    ),
    (Cue("negated", "forward", 1), "non"),
    (Cue("negated", "forward", 2), "unlike; in contrast to; as opposed to; in contrast with"),
    (
        Cue("negated", "backward", 10),
        """
        was ruled out; were ruled out; is ruled out; are ruled out; has been ruled out; have been
        ruled out; been ruled out; be ruled out; was excluded; were excluded; been excluded; be
        excluded; unlikely; is unlikely; was negative; were negative; is absent; was absent; were
        absent; are absent; absent; not seen; not present; not found; not observed; not noted; was
        not seen; were not seen; not identified; not detected; was not present; is not present;
        were not present; was not observed; were not observed; was not noted; not apparent; not
        evident; was denied; were denied; was spared; were spared; is spared; are spared;
        seems improbable; seem improbable; is improbable; was improbable; seems unlikely;
        : negative; : absent; : no; : none; was not confirmed; were not confirmed; was not
        identified; were not identified; could not be found; have been excluded; has been excluded
        """,
    ),
    (
        Cue("possible", "forward", 12),
        """
        possible; possibly; probable; probably; suspected; suspect; suspecting; suspicious for;
        suspicion of; suspicion for; suspicious of; suggestive of; suggest; suggests; suggested;
        suggesting; rule out; r / o; to exclude; mimic; mimics; mimicking; mimicked; mimicker of;
        mimicry of; resemble; resembles; resembling; resembled; similar to; looks like; look like;
        looked like; looking like; appears to be; appear to be; may be; might be; could be; may
        have; might have; could have; confused with; mistaken for; misdiagnosed as; question of;
        concern for; concerning for; likely; perhaps; maybe; presumed; presumptive; presumably;
        consider; considered; considering; cannot exclude; can't exclude; cannot rule out; can't
        rule out; i think; risk of; at risk for; risk factor for; risk for; prevention of;
        prevent; prevents; screening for; check for; tested for; reminiscent of; clinically
        suspected; working diagnosis of; provisional diagnosis of; uncertain; questionable;
        distinguish from; distinguished from; differentiate from; differentiated from; whether;
        most likely; not sure if; not sure whether; not sure that; worried about; afraid of; afraid
        that; scared of; fear of; he thinks; she thinks; they think; i guess; i believe; thinks
        it's; thinks it is; wondering if; wonder if; does anyone know if; could this be; is this;
        could it be; can it be;
        could not distinguish; cannot distinguish; can't distinguish; could not be distinguished
        from; cannot be distinguished from; indistinguishable from; pointed to; points to; point to;
        pointing to; favor; favors; favored; favoring; thought to represent; thought to be; thought
        it was; thought this was; thought that it was; i thought; google says; confuse; confusing;
        think of; think about; doubtful that; it is doubtful; doubt that; suspected to be; raises
        the possibility of; raised the possibility of; possibility of; in favor of; hint at; clue
        to; compatible with either; do these look like; does this look like; believed to be;
        could well be; might have been; could have been; might just be; any chance this is; leaning
        towards; leaning toward; seems like; seems to be; sounds like; may represent; might
        represent; could represent; initially diagnosed as; initially thought; alternative
        diagnosis; pretty sure; fairly sure; my guess is; at risk of; think; thinks; thinking;
        does not exclude; do not exclude; did not exclude; not exclude; not excluded; not rule out
        """,
    ),
    (
        Cue("possible", "forward", FARTHEST_REACH),
        """
        differential diagnosis; differential diagnoses; differential diagnosis includes;
        differentials; ddx; differential; differential diagnosis included
        """,
    ),
    (Cue("possible", "both", 6), "versus; vs"),
    (
        Cue("possible", "backward", 8),
        """
        was suspected; is suspected; were suspected; was considered; were considered; is possible;
        is likely; is probable; cannot be excluded; could not be excluded; can not be excluded;
        can't be excluded; cannot be ruled out; could not be ruled out; was in the differential;
        were in the differential; in the differential diagnosis; is in the differential; should be
        considered; should be excluded; should be ruled out; must be excluded; must be ruled out;
        to be excluded; to be ruled out; must be considered; has to be considered; needs to be
        considered; to be considered; needs to be excluded; among the differentials; was in doubt;
        ( uncertain; ( possible; ( suspected; ( probable; ( likely; ( presumed; not excluded
        """,
    ),
    (
        Cue("historical", "forward", 10),
        """
        history of; past history of; past medical history of; medical history of; medical history
        significant for; history significant for; medical history includes; medical history
        included; previous; previously; prior; past; status post; s / p; h / o; former; formerly;
        known history of; personal history of; previously diagnosed with; remote history of;
        childhood history of; background of; years ago had; used to have; recovered from; no longer
        has; no longer have; no longer had; treated in the past for; previously been treated for;
        previously treated for; was treated in childhood for; had been treated for; cured of;
        successfully treated for; after resolution of; history was significant for; medical history
        was significant for; history is significant for; history was notable for; history notable
        for; history remarkable for; years ago i had; year ago i had; ago he had; ago she had; ago i
        had; as a child i had; as a kid i had
        """,
    ),
    (Cue("historical", "forward", 2), "resolved; healed; past; cured"),
    (
        Cue("historical", "backward", 6),
        """
        in the past; in childhood; as a child; years ago; years earlier; months earlier; weeks
        earlier; treated successfully; was treated successfully; were treated successfully; has
        resolved; had resolved; resolved completely; is gone now;
        last year; last summer; last winter; as a kid
        """,
    ),
    (
        Cue("family", "forward", 12),
        """
        family history of; family history; family history positive for; family members with;
        family member with; relatives with; relative with; familial history of
        """
        "; " + "; ".join(f"{kin} {verb}" for kin in _RELATIVES for verb in _RELATIVE_VERBS),
    ),
    (
        Cue("family", "backward", 8),
        """
        runs in the family; run in the family; runs in my family; in the family; in my family; in
        family members; in his family; in her family; in first degree relatives
        """,
    ),
    (
        NEUTRAL,
        """
        no improvement; no change; no response; no relief; no significant change; no significant
        improvement; no effect; not improve; not improved; not respond; not responded; not
        responding; did not respond to; did not improve; not only; not necessarily; no doubt; no
        longer; not uncommon; not unlike; not just; not merely; without improvement; without
        response; without treatment; without relief; without effect; without success; without any
        improvement; no previous treatment; no increase; no more; no treatment; not treated; prior
        to; previously healthy; previously undiagnosed; previously reported; previously described;
        previously treated; previously untreated; previously unreported; natural history of;
        natural history; past week; past month; past year; past day; history taking; no other;
        since last year; started last year; began last year; diagnosed last year; appeared last
        year; resolved with; resolved leaving; healed with; healed leaving; the following :;
        not healing; not going away; not heal; the past; not known; gram
        negative; no recurrence; without recurrence; not resolve; not resolving; free margin;
        """
        + "; ".join(f"{duration} history of" for duration in _DURATIONS),
    ),
    (
        CLOSING,
        """
        but; however; although; though; except; nevertheless; yet; whereas; apart from; aside
        from; which; who; because; since; presented with; presents with; presenting with;
        presented; presents; showed; shows; revealed; reveals; showing; demonstrated;
        demonstrates; diagnosed with; now; currently; today; developed; develops; with new; and
        the; and a; and an; and was; and is; and there; then; diagnosis was; diagnosis is; was
        made; was confirmed; confirmed; consistent with; while; just; only; but also; turned
        out to be; it turned out
        """,
    ),
)
_SENTENCE_ENDS = {
    ".": SENTENCE_END,
    "!": SENTENCE_END,
    ";": SEMICOLON,
    ":": COLON,
    "¶": SENTENCE_END,
    "?": QUESTION,
}


def cue_phrases() -> dict[str, Cue]:
    """Return every cue by its key, as `cue_key` writes it; a possessive keeps its `'s`."""
    cues = {cue_key(phrase): cue for cue, text in _PHRASES for phrase in listed(text, ";")}
    possessives = {f"{kin}'s": Cue("family", "forward", 4) for kin in _RELATIVES}
    return cues | possessives | _SENTENCE_ENDS


def cue_key(phrase: str) -> str:
    """Return the key of a cue, in which single signs such as a slash are words of their own."""
    return " ".join(word_key(part) if WORD.fullmatch(part) else part for part in phrase.split())
