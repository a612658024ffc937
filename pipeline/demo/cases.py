"""Invented patients: a disease, a site, a skin tone, an age and a sex, told in plain sentences."""

from dataclasses import dataclass

from pipeline.demo.diseases import DISEASES, Disease
from pipeline.demo.pictures import Picture, generator
from pipeline.demo.skin import draw_skin

ROMAN = {1: "I", 2: "II", 3: "III", 4: "IV", 5: "V", 6: "VI"}


@dataclass(frozen=True, slots=True)
class Case:
    """One invented patient; `key` names it within its world and seeds its picture."""

    key: str
    seed: int
    disease: Disease
    site: str
    tone: int
    age: int
    sex: str

    @property
    def noun(self) -> str:
        """Man, woman, boy or girl."""
        if self.age < 18:
            return "boy" if self.sex == "male" else "girl"
        return "man" if self.sex == "male" else "woman"

    @property
    def patient(self) -> str:
        """An age and a noun with the right article, as in `an 8-year-old boy`."""
        article = "an" if self.age in (8, 11, 18) or 80 <= self.age < 90 else "a"
        return f"{article} {self.age}-year-old {self.noun}"

    @property
    def skin_type(self) -> str:
        """The tone in words, as in `Fitzpatrick skin type IV`."""
        return f"Fitzpatrick skin type {ROMAN[self.tone]}"


def make_case(seed: int, key: str, disease: str | None = None) -> Case:
    """Return the case of a key; the disease is drawn too unless it is given by name."""
    rng = generator(seed, f"case {key}")
    drawn = sorted(DISEASES)[int(rng.integers(len(DISEASES)))]
    chosen = DISEASES[disease or drawn]
    site = chosen.sites[int(rng.integers(len(chosen.sites)))]
    tone, age = int(rng.integers(1, 7)), int(rng.integers(19, 89))
    if chosen.name in ("impetigo", "molluscum contagiosum"):
        age = 3 + age % 9
    sex = "male" if rng.random() < 0.5 else "female"
    return Case(key, seed, chosen, site, tone, age, sex)


def draw_case(case: Case, width: int = 720, height: int = 540) -> Picture:
    """Draw the clinical photograph of a case."""
    rng = generator(case.seed, f"picture {case.key}")
    return draw_skin(rng, case.disease.recipe, case.tone, width, height)


def first_upper(text: str) -> str:
    """Return `text` with its first letter upper case and the rest as it is."""
    return text[:1].upper() + text[1:]


def caption(case: Case) -> str:
    """Tell a case in one clinical sentence; the wording varies with the case's key."""
    disease, shows = case.disease.name, case.disease.morphology
    forms = (
        f"{first_upper(case.patient)} with {shows} on the {case.site}, diagnosed as {disease}.",
        f"{first_upper(disease)} in {case.patient}: {shows} on the {case.site} ({case.skin_type}).",
        f"Clinical photograph of the {case.site} showing {shows} in {case.patient} with {disease}.",
        f"{first_upper(shows)} on the {case.site} of {case.patient} with {disease}, "
        f"{case.skin_type}.",
    )
    return forms[int(generator(case.seed, f"caption {case.key}").integers(len(forms)))]


def complaint(case: Case) -> str:
    """Tell a case as the patient would in a forum, without the diagnosis."""
    weeks = int(generator(case.seed, f"weeks {case.key}").integers(2, 30))
    shows = f"{case.disease.morphology} on the {case.site}"
    if case.age < 18:
        opening = f"My child is {case.patient} and has had {shows} for {weeks} weeks."
    else:
        opening = f"I am {case.patient} and for {weeks} weeks I have had {shows}."
    return f"{opening} It comes with {case.disease.symptom}."


def narration(case: Case) -> str:
    """Tell a case as a lecturer speaks over its picture."""
    return (
        f"Here we see {case.disease.morphology} on the {case.site} of {case.patient} with "
        f"{case.skin_type}. The diagnosis is {case.disease.name}. "
        f"Patients report {case.disease.symptom}."
    )
