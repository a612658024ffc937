"""What people of the demo's forums write under a picture."""

from pipeline.demo.cases import Case, complaint, first_upper
from pipeline.demo.pictures import generator

_ASIDES = (
    "Thank you for sharing, I hope that it gets better soon.",
    "How long did you wait for the appointment?",
    "Please do not put steroids on it before somebody has seen it.",
    "The picture is sharp, that helps a lot.",
    "Did it change after the summer?",
    "Mine looked different and went away without treatment.",
    "A second photograph in daylight would be useful.",
    "Is anybody else in the family affected?",
)


def question(case: Case) -> str:
    """Ask what a case is, without naming the disease."""
    return f"{complaint(case)} Photo attached. What could it be?"


def report(case: Case) -> str:
    """Tell a case whose diagnosis is known to the writer."""
    return (
        f"{complaint(case)} The dermatologist diagnosed {case.disease.name}. "
        f"I have {case.skin_type}."
    )


def answer(case: Case) -> str:
    """Give the diagnosis as a dermatologist who replies."""
    return (
        f"Dermatologist here. {first_upper(case.disease.morphology)} on the {case.site}: this is "
        f"{case.disease.name}. Please have it seen in person."
    )


def aside(seed: int, key: str) -> str:
    """Return a reply that says nothing medical."""
    return _ASIDES[int(generator(seed, f"aside {key}").integers(len(_ASIDES)))]
