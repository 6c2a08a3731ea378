"""Alarms as IEC 60601-1-8: condition, signal, latching, acknowledge, reset, audio paused, log, tones."""

from __future__ import annotations

import pytest

from pengui.clinic.alarms import AUDIO_PAUSED_S, FLASH_HZ, AlarmSystem, Condition
from pengui.clinic.sound import Speaker
from pengui.widgets.look import ALARM, Priority

HIGH = Condition("LINK", Priority.HIGH, "Link lost", "no answer")
MEDIUM = Condition("IL-01", Priority.MEDIUM, "Emergency stop", "pressed", latches=True)
LOW = Condition("BATTERY", Priority.LOW, "Battery", "low")


def test_the_most_urgent_alarm_stands_first():
    """Issue 7: highest priority in the banner, the list of all active."""
    alarms = AlarmSystem()
    alarms.update([LOW, HIGH, MEDIUM], 0.0)
    assert [alarm.condition for alarm in alarms.active] == [HIGH, MEDIUM, LOW]
    assert alarms.sounding(0.0) is Priority.HIGH


def test_a_condition_that_ends_takes_its_signal_along_unless_it_latches():
    """Latching: the signal outlives its condition until the reset."""
    alarms = AlarmSystem()
    alarms.update([LOW, MEDIUM], 0.0)
    alarms.update([], 1.0)
    assert [alarm.condition for alarm in alarms.active] == [MEDIUM]
    assert not alarms.active[0].present


def test_acknowledge_and_reset_are_different_acts():
    """Acknowledging ends flash and tone and leaves the list; the reset waits until the cause is gone."""
    alarms = AlarmSystem()
    alarms.update([MEDIUM], 0.0)
    alarms.acknowledge(1.0)
    assert alarms.sounding(1.0) is None
    assert AlarmSystem.lit(alarms.active[0], 1.9)
    assert not alarms.reset("IL-01", 2.0)
    alarms.update([], 3.0)
    assert alarms.active
    assert alarms.reset("IL-01", 4.0)
    assert not alarms.active


def test_an_alarm_that_comes_back_sounds_again():
    """What was acknowledged and ended is a new alarm when it begins anew."""
    alarms = AlarmSystem()
    alarms.update([LOW], 0.0)
    alarms.acknowledge(0.5)
    alarms.update([], 1.0)
    alarms.update([LOW], 2.0)
    assert alarms.sounding(2.0) is Priority.LOW


def test_audio_is_paused_for_at_most_two_minutes_and_nothing_extends_it():
    """Issue 7: audio paused <= 120 s."""
    alarms = AlarmSystem()
    alarms.update([MEDIUM], 0.0)
    alarms.pause_audio(0.0)
    alarms.pause_audio(100.0)
    assert alarms.sounding(119.0) is None
    assert alarms.sounding(AUDIO_PAUSED_S) is Priority.MEDIUM


@pytest.mark.parametrize(("new", "heard"), [(HIGH, Priority.HIGH), (LOW, None)])
def test_only_a_new_alarm_that_is_as_urgent_ends_the_pause(new, heard):
    """A pause for a lesser alarm never hides a worse one."""
    alarms = AlarmSystem()
    alarms.update([MEDIUM], 0.0)
    alarms.pause_audio(0.0)
    alarms.update([MEDIUM, new], 10.0)
    assert alarms.sounding(10.0) is heard


def test_what_was_silenced_is_reminded_of_once_a_minute():
    """Paused or acknowledged, HIGH or MEDIUM: every 60 s until it ends, or sounds again; LOW never."""
    alarms = AlarmSystem()

    def reminded(conditions, seconds):
        found = []
        for now_s in seconds:
            alarms.update(conditions, float(now_s))
            found += [now_s] if alarms.take_reminder(float(now_s)) else []
        return found

    assert reminded([MEDIUM], range(90)) == [], "it sounds by itself"
    alarms.pause_audio(90.0)
    assert reminded([MEDIUM], range(90, 300)) == [150], "after the pause it sounds again"
    alarms.acknowledge(300.0)
    assert reminded([MEDIUM], range(300, 430)) == [360, 420]
    assert reminded([MEDIUM, HIGH], range(430, 600)) == [], "a new one is heard"
    alarms = AlarmSystem()
    alarms.update([LOW], 0.0)
    alarms.acknowledge(0.0)
    assert reminded([LOW], range(200)) == []


def test_the_log_says_what_happened_to_each_alarm():
    """Issue 7: an alarm log."""
    alarms = AlarmSystem()
    alarms.update([MEDIUM], 0.0)
    alarms.acknowledge(1.0)
    alarms.update([], 2.0)
    alarms.reset("IL-01", 3.0)
    assert [line.what for line in alarms.log] == ["began", "acknowledged", "ended", "reset"]


def test_colours_and_flash_rates_are_those_of_the_standard():
    """Red, yellow, cyan; HIGH 1.4-2.8 Hz, MEDIUM 0.4-0.8 Hz, LOW steady (from memory of IEC 60601-1-8)."""
    assert 1.4 <= FLASH_HZ[Priority.HIGH] <= 2.8
    assert 0.4 <= FLASH_HZ[Priority.MEDIUM] <= 0.8
    assert FLASH_HZ[Priority.LOW] == 0
    red, yellow, cyan = (
        tuple(int(ALARM[priority][0][place : place + 2], 16) for place in (1, 3, 5))
        for priority in (Priority.HIGH, Priority.MEDIUM, Priority.LOW)
    )
    assert red[0] > 200
    assert max(red[1:]) < 60
    assert min(yellow[:2]) > 200
    assert yellow[2] < 60
    assert min(cyan[1:]) > 150
    assert cyan[0] < 60


def test_a_computer_that_plays_no_sound_says_so():
    """No tone that nobody hears is taken for one."""
    assert not Speaker(()).works
    assert not Speaker((("no-such-player",),)).works
