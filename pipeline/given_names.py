"""The commonest given names of several countries, in small letters.

They tell a name from a title in capitals; others are found by what stands before them.
"""

from __future__ import annotations

_LINES = (
    "aaron adam ahmed aisha alan albert alejandro alex alexander alexandra ali alice amanda",
    "amelia amit amy ana andrea andreas andrew angela anil anita ann anna anne anthony",
    "antonio arjun arthur barbara benjamin betty bob brian bruce carl carlos carmen carol",
    "caroline catherine charles charlotte chen chloe chris christian christina christine",
    "christopher claire claudia cynthia daniel david deborah deepak dennis diana diego",
    "dmitri donald donna dorothy douglas edward elena elizabeth ellen emily emma eric erika",
    "eva evelyn fatima fernando francesca francesco francis frank franz gabriel gary george",
    "gerald giovanni giulia grace gregory hannah hans harold hassan heather heinrich helen",
    "helga henry hiroshi ibrahim ingrid irene isabel isabella ivan jack jacob james jan",
    "jane janet jason javier jean jeffrey jennifer jessica joan johan johann john jonathan",
    "jorge jose joseph joshua juan juergen julia julie karen karl kate katherine kathleen",
    "kenji kenneth kevin kimberly klaus kumar larry laura lauren laurent leila leonard li",
    "linda lisa louis louise lucas lucia luigi luis lukas marco margaret maria marie mario",
    "mark martha martin mary matthew mei melissa michael michelle miguel mohamed mohammed",
    "muhammad nancy natalia natasha nathan nicholas nicole nikhil nina noah olga oliver",
    "olivia omar pamela patricia patrick paul paula pedro peter petra philip philippe",
    "pierre priya rachel rahul rajesh ralph ravi raymond rebecca ricardo richard rita",
    "robert roberto roger ronald rosa ruth ryan samuel sandra sanjay sara sarah scott",
    "sebastian sergei sharon shirley silvia simon sofia sophia sophie stefan stephanie",
    "stephen steven sunita susan sven teresa thomas timothy tomas ursula victoria vijay",
    "virginia walter wei werner wilhelm william wolfgang yasmin yuki yusuf",
)

GIVEN_NAMES = frozenset(name for line in _LINES for name in line.split())
