"""Readers of public datasets: what each dataset says, and what it cannot make us do."""

from __future__ import annotations

import tracemalloc

import pytest

from pipeline.errors import SourceError
from pipeline.extract.records import record_sentences
from pipeline.record_facts import RecordFacts
from pipeline.source_entries import DatasetSource
from pipeline.sources.readers import READERS
from pipeline.sources.readers.class_folders import label_of
from pipeline.sources.readers.keybook import KeyBook
from pipeline.sources.readers.values import (
    UnreadableValueError,
    read_age,
    read_flag,
    read_id,
    read_sex,
    read_sites,
    read_skin_types,
    read_words,
)

HAM = "lesion_id,image_id,dx,dx_type,age,sex,localization\n"
ISIC = (
    "isic_id,attribution,copyright_license,age_approx,anatom_site_general,benign_malignant,"
    "diagnosis,diagnosis_confirm_type,image_type,lesion_id,patient_id,sex\n"
)
PAD = (
    "patient_id,lesion_id,smoke,drink,background_father,background_mother,age,pesticide,gender,"
    "skin_cancer_history,cancer_history,has_piped_water,has_sewage_system,fitspatrick,region,"
    "diameter_1,diameter_2,diagnostic,itch,grew,hurt,changed,bleed,elevation,img_id,biopsed\n"
)
F17K = (
    "md5hash,fitzpatrick_scale,fitzpatrick_centaur,label,nine_partition_label,"
    "three_partition_label,qc,url,url_alphanum\n"
)
MD5 = "5e82a45bc5d78bd24ae9202d194423f8"
DERM7PT = (
    "case_num,diagnosis,seven_point_score,pigment_network,streaks,pigmentation,"
    "regression_structures,dots_and_globules,blue_whitish_veil,vascular_structures,"
    "level_of_diagnostic_difficulty,elevation,location,sex,management,clinic,derm,case_id,notes\n"
)


def write(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))


def picture(folder, name):
    write(folder, name, b"\xff\xd8\xff picture")


def read(reader, folder):
    return list(READERS[reader](folder))


def told(record):
    return record_sentences(record.shown.facts)


def test_every_reader_can_be_named_in_the_catalog():
    assert set(DatasetSource.model_fields["reader"].annotation.__args__) == set(READERS)


def test_facts_survive_the_tables_they_travel_in():
    facts = RecordFacts(diagnosis="melanoma", differential=(("a", 60), ("b", None)), age="45")

    assert RecordFacts.from_json(facts.to_json()) == facts
    assert set(facts.to_json()) == {"diagnosis", "differential", "age"}
    with pytest.raises(TypeError):
        RecordFacts.from_json({"colour": "red"})


# --- the datasets --------------------------------------------------------------------------------


def test_ham10000(tmp_path):
    write(tmp_path, "HAM10000_metadata.csv", HAM + "HAM_7,ISIC_1,bkl,histo,45.0,male,genital\n")
    picture(tmp_path, "HAM10000_images_part_2/ISIC_1.JPG")
    (record,) = read("ham10000", tmp_path)

    assert (record.key, record.group) == ("ISIC_1", "lesion-HAM_7")
    assert record.place == "HAM10000_images_part_2/ISIC_1.JPG"
    assert record.row["localization"] == "genital"  # as it stands
    assert told(record) == (
        "Diagnosis: benign keratosis-like lesion, confirmed by histopathology. "
        "Body site: genitals. Age: 45. Sex: male. Imaging: dermoscopy."
    )


def test_the_isic_archive_states_a_licence_for_each_picture(tmp_path):
    lines = [
        "ISIC_0000001,Hospital A,CC-0,85+,head/neck,malignant,melanoma,histopathology,dermoscopic,"
        "IL_1,IP_1,female",
        "ISIC_0000002,Hospital B,CC-BY-NC,40,torso,benign,nevus,"
        "single contributor clinical assessment,clinical: close-up,IL_2,IP_1,male",
        "ISIC_0000003,,,,,,,,,IL_2,,",
    ]
    write(tmp_path, "metadata.csv", ISIC + "\n".join(lines))
    picture(tmp_path, "ISIC_0000001.jpg")
    first, second, third = read("isic", tmp_path)

    assert [each.shown.licence for each in (first, second, third)] == ["CC-0", "CC-BY-NC", ""]
    assert first.shown.creator == "Hospital A"
    assert (first.place, second.place) == ("ISIC_0000001.jpg", None)
    assert {each.group for each in (first, second, third)} == {"patient-IP_1"}
    assert told(first) == (
        "Diagnosis: melanoma, confirmed by histopathology. The lesion is recorded as malignant. "
        "Body site: head and neck. Age: 85 or older. Sex: female. Imaging: dermoscopy."
    )
    assert "nevus, as one contributor assessed it clinically." in told(second)
    assert told(second).endswith("Imaging: clinical photograph, close-up.")
    assert told(third) == ""


def test_the_isic_archive_in_its_newer_columns(tmp_path):
    header = "isic_id,diagnosis_1,diagnosis_2,diagnosis_3,diagnosis_4,fitzpatrick_skin_type\n"
    rows = [
        "ISIC_1,Benign,Benign melanocytic proliferations,Nevus,Compound nevus,II",
        "ISIC_2,Malignant,Malignant epidermal proliferations,,,",
    ]
    write(tmp_path, "metadata.csv", header + "\n".join(rows))
    first, second = read("isic", tmp_path)

    assert first.shown.licence is None  # the catalog's holds
    assert told(first) == (
        "Diagnosis: Nevus. The lesion is recorded as benign. Fitzpatrick skin type: II. "
        "In detail: Compound nevus."
    )
    assert told(second) == (
        "The lesion is recorded as malignant. Kind of lesion: Malignant epidermal proliferations."
    )


def test_pad_ufes_20(tmp_path):
    lines = [
        "PAT_46,881,False,False,POMERANIA,POMERANIA,55,False,FEMALE,True,True,True,True,3.0,NECK,"
        "6.0,5.0,BCC,True,True,False,True,UNK,True,PAT_46_881_14.png,True",
        "PAT_46,882,,,,,80,,,,,,,,HAND,,,ACK,False,False,False,False,False,False,"
        "PAT_46_882_15.png,False",
    ]
    write(tmp_path, "metadata.csv", PAD + "\n".join(lines))
    picture(tmp_path, "imgs_part_2/imgs_part_2/PAT_46_881_14.png")
    first, second = read("pad_ufes_20", tmp_path)

    assert (first.key, first.group) == ("PAT_46_881_14", "patient-PAT_46")
    assert second.group == "patient-PAT_46"
    assert first.place == "imgs_part_2/imgs_part_2/PAT_46_881_14.png"
    assert first.row["background_father"] == "POMERANIA"
    assert told(first) == (
        "Diagnosis: basal cell carcinoma, confirmed by biopsy. Body site: neck. Age: 55. "
        "Sex: female. Fitzpatrick skin type: III. Symptoms: itching. No pain. "
        "The lesion has grown. The lesion has changed. The lesion is elevated. "
        "Diameters: 6 mm and 5 mm. Imaging: clinical photograph taken with a smartphone."
    )
    assert told(second) == (
        "Diagnosis: actinic keratosis, by clinical consensus of dermatologists. Body site: hand. "
        "Age: 80. No itching, no pain, no bleeding. "
        "Imaging: clinical photograph taken with a smartphone."
    )


def test_fitzpatrick17k_says_whose_label_it_is(tmp_path):
    url = "https://www.dermaamin.com/site/images/clinical-pic/l/lichen1.jpg"
    lines = [
        f"{MD5},3,4,lichen planus,inflammatory,non-neoplastic,1 Diagnostic,{url},x.jpg",
        f"{'a' * 32},-1,-1,psoriasis,inflammatory,non-neoplastic,3 Wrongly labelled,,",
        f"{'b' * 32},6,,melanoma,malignant melanoma,malignant,,,",
    ]
    write(tmp_path, "fitzpatrick17k.csv", F17K + "\n".join(lines))
    picture(tmp_path, f"data/finalfitz17k/{MD5}.jpg")
    first, second, third = read("fitzpatrick17k", tmp_path)

    assert (first.place, first.group) == (f"data/finalfitz17k/{MD5}.jpg", None)
    assert first.shown.creator == "dermaamin.com"
    assert told(first) == (
        "Diagnosis: lichen planus, stated by an atlas. "
        "Fitzpatrick skin type: III or IV, estimated by annotators. Imaging: clinical photograph."
    )
    assert told(second) == (
        "A dermatologist found the atlas's label wrong. Imaging: clinical photograph."
    )
    assert "melanoma, stated by an atlas. The lesion is recorded as malignant." in told(third)


def test_ddi(tmp_path):
    header = ",DDI_ID,DDI_file,skin_tone,malignant,disease\n"
    write(
        tmp_path,
        "ddi_metadata.csv",
        header + "0,1,000001.png,56,True,melanoma-in-situ\n1,2,000002.png,78,False,wart\n",
    )
    picture(tmp_path, "000001.png")
    first, second = read("ddi", tmp_path)

    assert (first.key, first.place) == ("000001", "000001.png")
    assert told(first) == (
        "Diagnosis: melanoma in situ, confirmed by histopathology. "
        "The lesion is recorded as malignant. "
        "Fitzpatrick skin type: V or VI, estimated by dermatologists. Imaging: clinical photograph."
    )
    assert second.key == "000002"
    assert second.fault == "line 3 of ddi_metadata.csv: skin_tone is '78', not 12, 34 or 56"


SCIN_CASES = (
    "case_id,source,release,year,age_group,sex_at_birth,fitzpatrick_skin_type,"
    "race_ethnicity_asian,textures_raised_or_bumpy,body_parts_arm,body_parts_torso_front,"
    "condition_symptoms_itching,other_symptoms_fever,condition_duration,"
    "image_1_path,image_2_path,image_3_path,image_1_shot_type,image_2_shot_type\n"
)
SCIN_LABELS = (
    "case_id,dermatologist_skin_condition_on_label_name,dermatologist_skin_condition_confidence,"
    "weighted_skin_condition_label,dermatologist_fitzpatrick_skin_type_label_1,"
    "dermatologist_fitzpatrick_skin_type_label_2,monk_skin_tone_label_us\n"
)
SCIN_CASE = (
    "-1000600354148496558,SCIN,1.0.0,2023,AGE_30_TO_39,FEMALE,FST2,YES,YES,YES,YES,YES,NO,"
    "ONE_TO_FOUR_WEEKS,dataset/images/11.png,dataset/images/12.png,,CLOSE_UP,AT_DISTANCE\n"
)


def test_a_differential_of_scin_is_no_diagnosis(tmp_path):
    labels = (
        "-1000600354148496558,\"['Psoriasis', 'Eczema']\",\"[4, 3]\","
        '"{\'Psoriasis\': 0.31, ""Grover\'s disease"": 0.69}",FST3,FST4,5\n'
    )
    write(tmp_path, "dataset/scin_cases.csv", SCIN_CASES + SCIN_CASE)
    write(tmp_path, "dataset/scin_labels.csv", SCIN_LABELS + labels)
    picture(tmp_path, "dataset/images/12.png")
    first, second = read("scin", tmp_path)

    assert (first.key, second.key) == ("-1000600354148496558-1", "-1000600354148496558-2")
    assert first.group == second.group == "case--1000600354148496558"
    assert (first.place, second.place) == (None, "dataset/images/12.png")
    assert first.row["weighted_skin_condition_label"].startswith("{'Psoriasis'")
    assert told(first) == (
        "Differential diagnosis by dermatologists: Grover's disease (weight 69%), "
        "Psoriasis (weight 31%). Body site: arm, front of the trunk. Age: 30 to 39. Sex: female. "
        "Fitzpatrick skin type: III or IV, estimated by dermatologists. "
        "Symptoms reported by the contributor: itching. "
        "Texture as reported by the contributor: raised or bumpy. "
        "Present for one to four weeks, as reported by the contributor. "
        "Monk skin tone: 5, estimated by graders in the United States. "
        "Imaging: clinical photograph taken by the contributor, close-up."
    )
    assert "asian" not in told(first).lower()


def test_a_case_of_scin_without_labels_says_what_its_contributor_said(tmp_path):
    write(tmp_path, "scin_cases.csv", SCIN_CASES + SCIN_CASE)
    write(tmp_path, "scin_labels.csv", SCIN_LABELS + "7,\"['Acne', 'Acne']\",,,,,\n")
    first, _second = read("scin", tmp_path)

    assert first.shown.facts.differential == ()
    assert "Fitzpatrick skin type: II, reported by the contributor." in told(first)


@pytest.mark.parametrize("weights", ["{'Psoriasis': 0.3, open('x')}", "{'Psoriasis': 3.5}"])
def test_weights_that_are_none_make_a_faulty_record(tmp_path, weights):
    write(tmp_path, "scin_cases.csv", SCIN_CASES + SCIN_CASE)
    write(
        tmp_path,
        "scin_labels.csv",
        SCIN_LABELS + f'-1000600354148496558,,,"{weights}",,,\n',
    )
    (record,) = read("scin", tmp_path)

    assert record.key == "-1000600354148496558"
    assert "weighted_skin_condition_label" in record.fault


def test_a_case_number_that_a_spreadsheet_has_rounded_is_told_of(tmp_path):
    write(tmp_path, "scin_cases.csv", SCIN_CASES + "-1.00E+18" + SCIN_CASE[20:])
    write(tmp_path, "scin_labels.csv", SCIN_LABELS)
    (record,) = read("scin", tmp_path)

    assert (record.key, record.shown) == ("line-2", None)
    assert record.fault == (
        "line 2 of scin_cases.csv: '-1.00E+18' is a number that a spreadsheet has rounded"
    )


def test_derm7pt_gives_the_checklist_to_the_dermoscopic_picture(tmp_path):
    write(
        tmp_path,
        "meta/meta.csv",
        DERM7PT + "0,melanoma (in situ),5,atypical,absent,diffuse irregular,blue areas,irregular,"
        "present,absent,medium,palpable,lower limbs,female,excision,A/a1.jpg,A/a2.jpg,,\n",
    )
    picture(tmp_path, "images/A/a2.jpg")
    derm, clinic = read("derm7pt", tmp_path)

    assert (derm.key, clinic.key, derm.group, clinic.group) == (
        "0-derm",
        "0-clinic",
        "case-0",
        "case-0",
    )
    assert (derm.place, clinic.place) == ("images/A/a2.jpg", None)
    assert told(derm) == (
        "Diagnosis: melanoma (in situ). Dermoscopic findings: atypical pigment network, "
        "no streaks, irregular dots and globules, diffuse irregular pigmentation, "
        "blue-whitish veil, regression structures (blue areas), no vascular structures. "
        "Body site: lower extremity. Sex: female. Lesion to the touch: palpable. "
        "Score on the seven-point checklist: 5. Imaging: dermoscopy."
    )
    assert told(clinic) == (
        "Diagnosis: melanoma (in situ). Body site: lower extremity. Sex: female. "
        "Lesion to the touch: palpable. Imaging: clinical photograph."
    )


def test_class_folders_are_read_in_order_and_links_are_not_followed(tmp_path):
    root = tmp_path / "atlas"
    picture(root, "train/1. Acne Photos 312/b (2).jpg")
    picture(root, "train/1. Acne Photos 312/a.PNG")
    picture(root, "test/lichen-planus/a.jpg")
    picture(root, "loose.jpg")
    picture(root, "notes/.hidden.jpg")
    write(root, "notes/readme.txt", "x")
    picture(tmp_path, "elsewhere/secret/x.jpg")
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    records = read("class_folders", root)

    assert [each.place for each in records] == [
        None,
        "test/lichen-planus/a.jpg",
        "train/1. Acne Photos 312/a.PNG",
        "train/1. Acne Photos 312/b (2).jpg",
    ]
    assert records[0].fault == "loose.jpg lies in no folder of a class"
    assert records[1].key == "test_lichen-planus_a.jpg-" + records[1].key[-8:]
    assert told(records[1]) == "Diagnosis: lichen planus, stated by the name of its folder."
    assert told(records[3]) == "Diagnosis: Acne, stated by the name of its folder."
    assert len({each.key for each in records}) == 4


@pytest.mark.parametrize(
    ("folder", "label"),
    [
        ("Acne_and_Rosacea_Photos", "Acne and Rosacea"),
        ("1. Eczema 1677", "Eczema"),
        ("10. Warts Molluscum - 2103", "Warts Molluscum"),
        ("Tinea Ringworm Candidiasis and other Fungal Infections - 1.7k",
         "Tinea Ringworm Candidiasis and other Fungal Infections"),
        ("2103", "2103"),
    ],
)  # fmt: skip
def test_a_folder_s_name_is_a_label(folder, label):
    assert label_of(folder) == label


# --- what holds records together -----------------------------------------------------------------


def test_patients_and_lesions_are_united_over_what_they_share(tmp_path):
    rows = [
        ("ISIC_1", "IL_1", ""),  # a lesion whose patient a later line tells
        ("ISIC_2", "IL_1", "IP_2"),
        ("ISIC_3", "IL_3", "IP_2"),
        ("ISIC_4", "IL_3", "IP_1"),  # one lesion, two patients: they cannot be parted
        ("ISIC_5", "", "IP_5"),
        ("ISIC_6", "IL_6", ""),
        ("ISIC_7", "", ""),
    ]
    write(
        tmp_path,
        "metadata.csv",
        "isic_id,lesion_id,patient_id\n" + "\n".join(",".join(row) for row in rows),
    )
    groups = [record.group for record in read("isic", tmp_path)]

    assert groups == ["patient-IP_1"] * 4 + ["patient-IP_5", "lesion-IL_6", None]


def test_the_order_of_unions_does_not_matter():
    pairs = [("a", "b"), ("c", "d"), ("b", "d"), ("e", "f")]
    for order in (pairs, pairs[::-1], pairs[1:] + pairs[:1]):
        with KeyBook() as book:
            for pair in order:
                book.unite(pair)
            assert [book.group(each) for each in "abcdefg"] == [*"aaaa", *"ee", "g"]


def test_a_long_table_is_read_without_holding_it(tmp_path):
    n = 2000
    with (tmp_path / "metadata.csv").open("w") as file:
        file.write("isic_id,lesion_id,patient_id,sex\n")
        for at in range(n):
            file.write(f"ISIC_{at:07d},IL_{at // 2},IP_{at // 4},male\n")
    tracemalloc.start()
    records = READERS["isic"](tmp_path)
    for _at in range(n - 1):
        next(records)
    held = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/readers/*")])
    tracemalloc.stop()

    assert next(records).group == f"patient-IP_{(n - 1) // 4}"
    assert sum(each.size for each in held.statistics("filename")) < 100_000


# --- what people and spreadsheets do to tables ---------------------------------------------------

ONE = "HAM_7,ISIC_1,mel,histo,45.0,male,back"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (HAM + ONE, "utf-8"),
        (HAM + ONE + "\n", "utf-8-sig"),
        (HAM.replace(",", ";") + ONE.replace(",", ";").replace("45.0", "45,0"), "utf-8"),
        ("sep=;\n" + HAM.replace(",", ";") + ONE.replace(",", ";"), "utf-8"),
        (HAM.replace(",", "\t") + ONE.replace(",", "\t"), "utf-16"),
        (HAM.upper() + ONE, "utf-8"),
        (HAM.strip() + ",,\r\n" + ONE + ",,\r\n,,,,,,,,\r\n\r\n", "utf-8"),
        ('"' + HAM.strip().replace(",", '","') + '"\n"' + ONE.replace(",", '","') + '"', "utf-8"),
        (HAM.replace("image_id", " image_id ") + ONE.replace("back", " back "), "utf-8"),
        (HAM.strip() + ",notes\n" + ONE + ',"two\nlines"\n', "utf-8"),
    ],
)
def test_a_table_in_another_dress_says_the_same(tmp_path, text, encoding):
    write(tmp_path, "HAM10000_metadata.csv", text, encoding)
    (record,) = read("ham10000", tmp_path)

    assert (record.key, record.group, record.fault) == ("ISIC_1", "lesion-HAM_7", None)
    assert told(record) == (
        "Diagnosis: melanoma, confirmed by histopathology. Body site: back. Age: 45. Sex: male. "
        "Imaging: dermoscopy."
    )


@pytest.mark.parametrize(
    ("line", "told_of"),
    [
        (b"HAM_1,ISIC_1,mel", "it has not as many values"),
        (b"HAM_1,ISIC_1,mel,histo,45,male,back,more", "it has not as many values"),
        (b'HAM_1,"ISIC_1,mel,histo,45,male,back', "it holds bytes that are no text"),
        (b'HAM_1,"ISIC"_1,mel,histo,45,male,back', "it holds bytes that are no text"),
        (b"HAM_1,ISIC_1,mel,histo,45,male,\xe9\xff", "it holds bytes that are no text"),
        (b"HAM_1,ISIC_1,mel,histo,45,male,ba\0ck", "it holds bytes that are no text"),
        (b"HAM_1," + b"x" * 300_000 + b",mel,histo,45,male,back", "it holds bytes that are no"),
        (b"HAM_1,ISIC_1,mel,histo,old,male,back", "'old' is no age"),
        (b"HAM_1,ISIC_1,mel,histo,450,male,back", "'450' is no age"),
        (b"HAM_1,ISIC_1,mel,histo,45,back,male", "'back' is no sex"),
        (b"HAM_1,ISIC_1,mel,histo,45,male,12.5", "'12.5' is no body site"),
        (b"HAM_1,ISIC_1,,histo,45,male,back", "lesion_id or dx is empty"),
        (b"HAM_1,,mel,histo,45,male,back", "image_id is empty"),
        (b"HAM_1,../../etc/passwd,mel,histo,45,male,back", "is no identifier"),
        (b"HAM_1,/etc/passwd,mel,histo,45,male,back", "is no identifier"),
        (b"HAM_1,ISIC_2,mel,histo,45,male,back", None),
    ],
)
def test_a_line_that_cannot_be_used_costs_itself_only(tmp_path, line, told_of):
    good = b"HAM_2,ISIC_2,nv,histo,5.0,male,back\n"
    write(tmp_path, "HAM10000_metadata.csv", HAM.encode() + line + b"\n" + good)
    first, second = read("ham10000", tmp_path)

    if told_of is None:
        assert first.fault is None
        assert (second.key, second.fault) == (
            "line-3",
            "line 3 of HAM10000_metadata.csv: image_id ISIC_2 stands in line 2 too",
        )
    else:
        assert first.fault.startswith("line 2 of HAM10000_metadata.csv: ")
        assert told_of in first.fault
        assert first.shown is None
        assert (second.key, second.fault) == ("ISIC_2", None)


@pytest.mark.parametrize(
    "name", ["../secret.jpg", "/etc/passwd", "a/../../b.jpg", "C:\\x.jpg", "..", "a//b"]
)
def test_a_picture_is_never_looked_for_outside_the_folder(tmp_path, name):
    folder = tmp_path / "scin"
    picture(tmp_path, "secret.jpg")
    write(folder, "scin_cases.csv", f"case_id,image_1_path\n5,{name}\n")
    write(folder, "scin_labels.csv", SCIN_LABELS)
    (record,) = read("scin", folder)

    assert (record.key, record.place) == ("5-1", None)
    assert "would lie outside the dataset's folder" in record.fault


def test_links_count_as_missing_if_they_lead_out_of_the_folder(tmp_path):
    folder = tmp_path / "ham"
    write(folder, "HAM10000_metadata.csv", HAM + ONE + "\n" + ONE.replace("ISIC_1", "ISIC_2"))
    picture(tmp_path, "private.jpg")
    picture(folder, "real.jpg")
    (folder / "ISIC_1.jpg").symlink_to(tmp_path / "private.jpg")
    (folder / "ISIC_2.jpg").symlink_to(folder / "real.jpg")

    assert [record.place for record in read("ham10000", folder)] == [None, "ISIC_2.jpg"]


@pytest.mark.parametrize("reader", sorted(set(READERS) - {"class_folders"}))
def test_what_is_missing_is_named_with_what_to_do(tmp_path, reader):
    with pytest.raises(SourceError, match="put the dataset there or correct its path"):
        read(reader, tmp_path / "nowhere")

    (tmp_path / "images.zip").write_bytes(b"PK")
    with pytest.raises(SourceError, match=r"unpack images\.zip there yourself"):
        read(reader, tmp_path)

    place = READERS[reader].layout.places[0]
    write(tmp_path, place, "colour,shape\nred,round\n")
    for other in READERS[reader].joined.places[:1] if READERS[reader].joined else ():
        write(tmp_path, other, "colour,shape\nred,round\n")
    with pytest.raises(SourceError, match=r"has no column '.*', but 'colour', 'shape'; take the"):
        read(reader, tmp_path)


def test_class_folders_that_are_missing_or_empty_are_told_of(tmp_path):
    with pytest.raises(SourceError, match="is not there"):
        read("class_folders", tmp_path / "nowhere")
    (tmp_path / "pictures.zip").write_bytes(b"PK")
    with pytest.raises(SourceError, match="archives are not unpacked here"):
        read("class_folders", tmp_path)


# --- one vocabulary ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "age"),
    [("45.0", "45"), ("0", "0"), ("AGE_30_TO_39", "30 to 39"), ("AGE_80_OR_ABOVE", "80 or older"),
     ("85+", "85 or older"), ("unknown", None), ("AGE_UNKNOWN", None), ("", None), ("NaN", None),
     ("30-39", "30 to 39")],
)  # fmt: skip
def test_ages(value, age):
    assert read_age(value) == age


def test_sexes_sites_types_flags_and_words():
    assert [read_sex(each) for each in ("FEMALE", "m", "OTHER_OR_UNSPECIFIED", "unknown")] == [
        "female",
        "male",
        None,
        None,
    ]
    assert read_sites("HEAD_OR_NECK", "anterior torso", "unknown", "ARM", "arm") == (
        "head or neck",
        "front of the trunk",
        "arm",
    )
    assert [read_skin_types(each) for each in (["3.0"], ["FST1", "FST2"], ["IV"], ["-1", ""])] == [
        "III",
        "I or II",
        "IV",
        None,
    ]
    assert [read_flag(each) for each in ("True", "NO", "UNK", "1")] == [True, False, None, True]
    assert read_words("Melanoma In situ") == "Melanoma In situ"
    assert read_words("not specified") is None


@pytest.mark.parametrize(
    ("reader", "value"),
    [(read_age, "121"), (read_age, "-3"), (read_age, "39 to 30"), (read_sex, "x"),
     (read_sites, "<b>arm</b>"), (read_flag, "perhaps"), (read_id, "1.23457E+18"),
     (read_id, "a/b"), (read_words, "x" * 121), (read_words, "see https://example.org"),
     (lambda value: read_skin_types([value]), "7")],
)  # fmt: skip
def test_what_cannot_be_such_a_value_is_told_of(reader, value):
    with pytest.raises(UnreadableValueError):
        reader(value)
