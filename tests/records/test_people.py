"""Users and roles, patients and what is personal of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from records_rig import PASSWORDS, Clinic
from sqlalchemy import text

from penctl.records import Patient, RecordsError, Role
from penctl.records.errors import NotAllowed, NotFound, SignInRefused, StaleRow
from penctl.records.users import MOST_TRIES, WAIT
from penctl.treatment import visit_events as ev
from penctl.treatment.findings import Signature, TreatmentRefused


def test_wrong_passwords_are_limited_and_the_wait_ends(clinic: Clinic) -> None:
    """Users and roles: argon2id, limited tries; the right password does not shorten the wait."""
    for left in range(MOST_TRIES - 1, 0, -1):
        with pytest.raises(SignInRefused, match=f"{left} tries left"):
            clinic.store.sign_in("dora", "wrong password")
    with pytest.raises(SignInRefused, match="has to wait"):
        clinic.store.sign_in("dora", "wrong password")
    with pytest.raises(SignInRefused, match="has to wait"):
        clinic.store.sign_in("dora", PASSWORDS["dora"])
    clinic.now += WAIT + timedelta(seconds=1)
    assert clinic.store.sign_in("dora", PASSWORDS["dora"]).user.role is Role.CLINICIAN
    acts = [row["act"] for row in clinic.store.audit.rows("users", "dora")]
    assert acts.count("SIGN_IN_REFUSED") == MOST_TRIES + 1
    assert clinic.store.audit.verify().ok


def test_an_admin_ends_the_wait_with_a_new_password(clinic: Clinic) -> None:
    """Limited tries lock nobody out for good."""
    for _ in range(MOST_TRIES):
        with pytest.raises(SignInRefused):
            clinic.store.sign_in("dora", "wrong password")
    clinic.desk("admin").set_password("dora", "a new password")
    assert clinic.store.sign_in("dora", "a new password").user.name == "dora"


@pytest.mark.parametrize("name", ["nobody", "DORA", "", "dora'; --", "x" * 500])
def test_who_is_no_user_does_not_get_in(file_clinic: Clinic, name: str) -> None:
    """The same answer as to a wrong password: it does not tell who is a user."""
    with pytest.raises(SignInRefused, match="do not fit"):
        file_clinic.store.sign_in(name, "whatever it is")


def test_a_user_who_was_switched_off_does_not_get_in(file_clinic: Clinic) -> None:
    """And the last admin cannot be switched off or made anything else."""
    admin = file_clinic.desk("admin")
    admin.change_user("alan", active=False)
    with pytest.raises(SignInRefused):
        file_clinic.store.sign_in("alan", PASSWORDS["alan"])
    with pytest.raises(RecordsError, match="last admin"):
        admin.change_user("admin", role=Role.AUDITOR)
    with pytest.raises(NotFound):
        admin.change_user("nobody", active=True)


def test_a_desk_whose_user_was_switched_off_meanwhile_writes_nothing(clinic: Clinic) -> None:
    """A role is what it is now, not what it was when somebody signed in."""
    desk, patient = clinic.desk(), clinic.patient()
    clinic.desk("admin").change_user("dora", active=False)
    with pytest.raises(NotAllowed):
        desk.add_patient(Patient())
    clinic.desk("admin").change_user("dora", active=True, role=Role.AUDITOR)
    with pytest.raises(NotAllowed):
        desk.begin_visit(patient.id, "CLINICAL", simulated=True)


def test_a_role_does_what_it_may(file_clinic: Clinic) -> None:
    """An assistant signs nothing, an auditor sees pseudonyms, only an admin manages."""
    patient = file_clinic.patient(name="Ada Example")
    auditor, assistant = file_clinic.desk("ruth"), file_clinic.desk("alan")
    assert auditor.patient(patient.id).name == ""
    assert auditor.find_patients("Ada") == ()
    assert auditor.find_patients(patient.pseudonym[:4])[0].pseudonym == patient.pseudonym
    for act in (
        lambda: auditor.add_patient(Patient()),
        lambda: auditor.begin_visit(patient.id, "CLINICAL", simulated=True),
        lambda: assistant.add_user("eve", "eve password", Role.ADMIN),
        lambda: assistant.set_password("dora", "another password"),
        lambda: file_clinic.desk().set_rule("R-05", 10, "stricter"),
        lambda: assistant.erase_person(patient.id, "asked for"),
        lambda: file_clinic.desk("admin").begin_visit(patient.id, "CLINICAL", simulated=True),
    ):
        with pytest.raises(NotAllowed):
            act()
    assistant.set_password("alan", "another password")  # one's own


def test_only_a_clinician_signs_and_only_in_their_own_name(file_clinic: Clinic) -> None:
    """A signed reason is a clinician's; an assistant notes the visit and cannot close it."""
    patient = file_clinic.patient()
    play = file_clinic.visit(patient, "alan")
    answers = {**play.answers(), "SUNBURN": "YES"}
    for user in ("alan", "dora"):
        signed = (Signature("Q-01", user, "it is right"),)
        with pytest.raises(NotAllowed):
            play.add(ev.Screened, answers=answers, signatures=signed)
    with pytest.raises(NotAllowed, match="noted by who is signed in"):
        play.open.add(ev.Noted(file_clinic.now, "dora", "a note"))
    play.to_dispose()
    for kind, told in (
        (ev.NeedlesChecked, {"intact": True}),
        (ev.CartridgeDisposed, {}),
        (ev.PhotosDeclined, {"when": "AFTER", "reason": "not wanted"}),
        (ev.AfterCareGiven, {}),
    ):
        play.add(kind, **told)
    with pytest.raises(NotAllowed):
        play.add(ev.Signed)
    clinician = file_clinic.desk().resume_visit(play.open.id)
    clinician.add(ev.Signed(file_clinic.now, "dora"))
    assert file_clinic.desk().open_visits() == ()


def test_no_update_is_lost(clinic: Clinic) -> None:
    """Two workstations at once: who changes what somebody else has changed meanwhile is told."""
    patient = clinic.patient(name="Ada Example")
    first = clinic.desk().change_patient(replace(patient, contact="a telephone"))
    with pytest.raises(StaleRow, match="version 1"):
        clinic.desk("alan").change_patient(replace(patient, contact="another one"))
    assert clinic.desk().patient(patient.id) == first
    assert clinic.desk().patient(patient.pseudonym).contact == "a telephone"


def test_a_search_finds_the_name_that_somebody_has_now(clinic: Clinic) -> None:
    """Names that were opened before are opened anew when they changed; % and _ stand for themselves."""
    desk, patient = clinic.desk(), clinic.patient(name="Ada Example", pseudonym="P-1")
    clinic.patient(name="Bea 100%", pseudonym="P_2")
    assert [one.pseudonym for one in desk.find_patients("EXAMPLE")] == ["P-1"]
    clinic.desk("alan").change_patient(replace(patient, name="Ada Other"))
    assert desk.find_patients("example") == ()
    assert [one.name for one in desk.find_patients("other")] == ["Ada Other"]
    assert [one.pseudonym for one in desk.find_patients("%")] == ["P_2"]
    assert [one.pseudonym for one in clinic.desk("ruth").find_patients("_")] == ["P_2"]
    assert len(desk.find_patients("", most=1)) == 1
    assert len(desk.find_patients("p", most=1)) == 1


def test_an_erased_person_is_gone_and_the_chain_is_valid(clinic: Clinic) -> None:
    """Erasing a person with the chain still valid; the treatment stays, under the pseudonym."""
    patient = clinic.patient(name="Ada Example", contact="a telephone")
    clinic.visit(patient).to_end()
    erased = clinic.desk("admin").erase_person(patient.id, "the person asked for it")
    assert (erased.erased, erased.name, erased.contact) == (True, "", "")
    assert clinic.desk().find_patients("Ada") == ()
    assert len(clinic.desk().visits(patient.id)) == 1
    assert clinic.store.audit.verify().findings == []
    [(wrapped, sealed)] = clinic.sql("SELECT wrapped_key, sealed FROM persons WHERE id=:id", id=patient.id)
    assert (wrapped, sealed) == (None, None)
    for refused in (
        lambda: clinic.desk("admin").erase_person(patient.id, "again"),
        lambda: clinic.desk().change_patient(erased),
    ):
        with pytest.raises(RecordsError, match="erased"):
            refused()


def test_erasing_while_somebody_reads_says_that_something_is_left_to_do(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is gone at once; old copies inside the database only when nobody reads there."""
    monkeypatch.setattr("penctl.records.database.BUSY_S", 0.1)
    patient, reader = clinic.patient(name="Ada Example"), Clinic(clinic.where)
    eraser = Clinic(clinic.where)
    with reader.store.database.read(snapshot=True) as connection:
        connection.execute(text("SELECT count(*) FROM persons")).scalar_one()
        assert eraser.desk("admin").erase_person(patient.id, "asked for").erased
    acts = [row["act"] for row in eraser.store.audit.rows("persons", patient.id)]
    assert acts == ["CREATE", "ERASE", "OVERWRITE_LATER"]
    assert eraser.store.database.overwrite()
    reader.store.database.close()
    eraser.store.close()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"birth_date": date(2026, 6, 2)}, "birth date lies in the future"),
        ({"birth_date": date(1850, 1, 1)}, "too long ago"),
        ({"name": "A\0da"}, "a letter that cannot be kept"),
        ({"name": "\ud800"}, "a letter that cannot be kept"),
        ({"name": "x" * 300}, "too long"),
        ({"pseudonym": "P-1"}, "pseudonym is taken"),
    ],
)
def test_a_patient_who_cannot_be_is_refused(file_clinic: Clinic, told: dict[str, object], words: str) -> None:
    """Birth date in the future, and the like: refused clearly, nothing kept."""
    file_clinic.patient(pseudonym="P-1")
    before = file_clinic.store.audit.verify().rows
    with pytest.raises(RecordsError, match=words):
        file_clinic.patient(**told)
    assert file_clinic.store.audit.verify().rows == before


def test_a_child_is_not_treated(file_clinic: Clinic) -> None:
    """Under 18: stop, on the day before the birthday and not on it."""
    child = file_clinic.patient(birth_date=date(2008, 6, 2))
    with pytest.raises(TreatmentRefused, match="too young"):
        file_clinic.visit(child)
    file_clinic.later(days=1)
    file_clinic.visit(child)


def test_a_clinic_makes_a_rule_stricter_and_never_looser(file_clinic: Clinic) -> None:
    """A clinic may make a rule stricter; its visits are held to it from then on."""
    admin, patient = file_clinic.desk("admin"), file_clinic.patient()
    rule = file_clinic.desk().knowledge(patient.id, "CLINICAL").rules["same_area_days", "CLINICAL"]
    with pytest.raises(TreatmentRefused, match="looser"):
        admin.set_rule(rule.id, 6, "in a hurry")
    admin.set_rule(rule.id, 10, "our practice")
    now = file_clinic.desk().knowledge(patient.id, "CLINICAL").rules["same_area_days", "CLINICAL"]
    assert (rule.value, now.value) == (7, 10)
    admin.set_rule(rule.id, 9, "our practice")
    assert file_clinic.store.audit.verify().ok
