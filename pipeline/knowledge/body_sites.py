"""The closed list of body sites, and the words that only look like one."""

from __future__ import annotations

from pipeline.knowledge.spelling import listed, term_key

# One site to a semicolon: the words for it, the first of which is its name.
_SITES = """
    head;
    scalp, vertex of the scalp, crown of the head;
    hairline;
    face, facial skin, central face, hemiface;
    forehead, brow, glabella;
    temple, temporal region;
    eyebrow;
    eyelid, upper eyelid, lower eyelid, lid margin, canthus, inner canthus;
    eye, periorbital area, periorbital region, periocular area, conjunctiva;
    nose, nasal tip, nasal bridge, nasal ala, tip of the nose, nostril;
    nasolabial fold;
    cheek, malar area, malar region, zygoma;
    ear, earlobe, auricle, pinna, helix, antihelix, external ear, tragus;
    retroauricular area, postauricular area, behind the ear, retroauricular region;
    lip, upper lip, lower lip, vermilion;
    mouth, oral cavity, oral mucosa, perioral area, perioral region;
    tongue;
    gum, gingiva;
    palate, hard palate, soft palate;
    buccal mucosa, inner cheek;
    chin;
    jaw, jawline, mandibular area;
    beard area, beard;
    neck, anterior neck, side of the neck;
    nape, back of the neck, posterior neck, nuchal area;
    trunk, torso;
    chest, anterior chest, chest wall, presternal area, sternum, decolletage;
    breast, inframammary fold;
    nipple, areola;
    back, upper back, lower back, mid back, lumbosacral area;
    shoulder, scapula, scapular area;
    abdomen, belly, stomach skin, abdominal wall, lower abdomen;
    navel, umbilicus, periumbilical area, belly button;
    flank, side of the trunk;
    waist, waistline;
    axilla, armpit, underarm;
    groin, inguinal fold, inguinal area, inguinal region;
    genitals, genitalia, genital area, genital region, genital skin, private parts;
    penis, penile shaft, glans, glans penis, foreskin, prepuce;
    scrotum;
    vulva, labia, labia majora, labia minora, clitoris;
    vagina;
    perineum;
    anus, perianal area, perianal skin, perianal region, anal area;
    buttock, gluteal cleft, gluteal area, intergluteal cleft, natal cleft;
    sacrum, sacral area;
    hip;
    arm, upper arm, upper limb, upper extremity;
    elbow;
    antecubital fossa, elbow crease, elbow fold, inner elbow;
    forearm, lower arm;
    wrist;
    hand;
    back of the hand, back of hand, dorsal hand, dorsum of the hand, hand dorsum, back of my
        hand, back of his hand, back of her hand, dorsal aspect of the hand;
    palm, palm of the hand, palmar surface;
    finger, digit, fingertip, index finger, middle finger, ring finger, little finger,
        finger web, web space, interdigital space;
    thumb;
    knuckle;
    leg, lower limb, lower extremity;
    thigh, inner thigh, upper leg;
    knee;
    popliteal fossa, back of the knee, knee fold, hollow of the knee;
    lower leg, shin, pretibial area, pretibial region, calf;
    ankle, malleolus, medial malleolus;
    foot;
    back of the foot, dorsal foot, dorsum of the foot, top of the foot;
    sole, sole of the foot, bottom of the foot, plantar surface;
    heel;
    toe, big toe, great toe, hallux, toe web;
    nail, fingernail, nail plate, nail bed, nail fold, thumbnail, cuticle;
    toenail;
    limb, extremity;
    skin fold, body fold, flexure;
    mucosa, mucous membrane;
"""
BODY_SITES: tuple[tuple[str, ...], ...] = tuple(listed(site, ",") for site in listed(_SITES, ";"))

# Phrases that hold a site's word and mean something else.
NOT_SITES = listed(
    """
    on the other hand, on the one hand, at hand, hand hygiene, hand in hand, control arm,
    treatment arm, placebo arm, study arm, face to face, in the face of, face mask, face wash,
    face cream, hand cream, hand sanitizer, hand washing, head to head, head to toe,
    body mass index, sole treatment, sole purpose, sole cause, back pain, back to,
    back and forth, going back, came back, come back, coming back, go back, went back, comes
    back, get back, dates back, nail polish, nail varnish, nail salon, foot and mouth disease,
    by mouth, mouth wash, bottle neck, eye drops, eye contact, rule of thumb, first hand, hip
    replacement, knee replacement, chest pain, chest radiograph, stomach ache, naked eye, hand
    held, breast cancer, head of, double digit
    """,
    ",",
)

# Everyday words: a site only after one of the words of GUARDS.
GUARDED_SITES = frozenset(listed("back sole temple brow gum digit helix waist"))
GUARDS = frozenset(
    listed(
        """
        the his her my your their our its upper lower mid middle left right both on of and or over
        entire whole bilateral , patient
        """
    )
)


def site_id(name: str) -> str:
    """Return a site's id: its name with hyphens."""
    return name.replace(" ", "-")


# Words that a diagnosis may carry as its place, without becoming another disease by it.
SITE_WORDS = frozenset(
    word for site in BODY_SITES for term in site for word in term_key(term).split()
) - frozenset(listed("eye conjunctiva vagina tongue of the mucosa membrane wall"))
