"""Layouts of all that the compiled loop reads and writes; positions in m unless the name says otherwise."""

from __future__ import annotations

import numpy as np

TICK_US = 100
"""Time between two ticks of the firmware, us."""
TICK_S = 1e-4
"""Time between two ticks of the firmware, s."""
SLOW_TICKS = 10
"""Heat, hand and winding resistance are moved once in so many ticks (1 ms)."""

STATE_DTYPE = np.dtype(
    [
        ("time_us", "i8"),
        ("tick", "i8"),
        ("random", "u8"),
        # motor and yoke
        ("theta", "f8"),  # crank angle, rad, 0..2 pi, 0 = top of stroke
        ("cos", "f8"),
        ("sin", "f8"),
        ("omega", "f8"),  # rad/s
        ("current", "f8"),  # A
        ("revolution", "i8"),
        ("resistance", "f8"),  # winding at its temperature, ohm
        ("drive_decay", "f8"),  # winding coefficients, see motor.py: driven, then shorted
        ("drive_lag", "f8"),
        ("drive_ohm", "f8"),
        ("short_decay", "f8"),
        ("short_lag", "f8"),
        ("short_ohm", "f8"),
        ("current_filtered", "f8"),
        ("current_sum", "f8"),  # of the mean currents of a tick's steps, A
        ("square_sum", "f8"),  # of their squares, A2
        # bridge and stop paths
        ("gate", "u1"),  # STO stage on and the hold-to-run path closed: the bridge can drive
        ("sto", "u1"),  # output of the STO stage: gate supply present
        ("short", "u1"),  # the normally-on path shorts the winding
        ("released_contact", "u1"),
        ("button_contact", "u1"),
        ("button_was", "u1"),
        ("sounder_on", "u1"),
        ("estop_contact_a", "u1"),
        ("estop_contact_b", "u1"),
        ("hold_contact", "u1"),
        ("estop_was", "u1"),
        ("hold_was", "u1"),
        ("gate_cause", "u1"),
        ("contact", "u1"),  # needles touched skin since the last top of stroke
        ("estop_bounce", "i4"),
        ("hold_since", "i4"),  # ticks since the hand moved the switch
        ("button_bounce", "i4"),
        ("estop_open_ticks", "i4"),
        ("hold_open_ticks", "i4"),
        ("off_ticks", "i4"),
        ("pulse_command", "i4"),
        ("voltage", "f8"),  # across winding and bridge, V
        # depth stage, m
        ("screw", "f8"),  # where the pulses put the screw
        ("nut", "f8"),  # screw after the step's delay
        ("depth", "f8"),  # stage itself, behind the backlash
        ("depth_start", "f8"),
        ("home", "u1"),
        ("fitted_needles", "u1"),
        ("edge", "i4"),  # first edge of skin that is not pierced at this site
        # skin
        ("penetration", "f8"),  # tip below the skin around it
        ("hole", "f8"),  # deepest tip at this site
        ("force", "f8"),  # skin on needles, positive = up, N
        ("relaxing", "f8"),  # memory of the elastic force, N
        ("surface", "f8"),  # where the skin lies when nothing touches it
        ("skin_work", "f8"),  # J, into the skin since the last slow step
        ("puncture_factor", "f8"),
        ("punctures", "f8"),  # punctures that each needle has made
        ("entry", "f8"),  # glide at which the needles went in
        ("in_skin", "u1"),
        ("site", "f8"),  # glide at which the present holes were made
        # hand
        ("gap", "f8"),
        ("glide", "f8"),
        ("tremor", "f8"),
        ("tremor_rate", "f8"),
        ("press", "f8"),  # N, hand on the skin
        ("nose_force", "f8"),  # N, nose on the skin
        ("force_mean", "f8"),  # N, needles, smoothed
        # heat, degC
        ("winding_c", "f8"),
        ("housing_c", "f8"),
        ("handle_c", "f8"),
        ("nose_c", "f8"),
        ("handle_sensor_c", "f8"),
        ("nose_sensor_c", "f8"),
        ("loss", "f8"),  # J, of the winding since the last slow step
        ("rub", "f8"),  # J, friction of motor and yoke since the last slow step
        # supply
        ("open_circuit", "f8"),
        ("charge", "f8"),  # of the battery, 0 to 1
        ("gauge", "i4"),  # what its gauge tells, permille
        ("source", "f8"),  # V, battery or bench supply under load
        ("supply", "f8"),  # V, at the bridge
        # controller and watchdog
        ("powered", "u1"),
        ("running", "u1"),  # the controller executes
        ("restart", "u1"),  # 1 + RestartCause of a restart that the bench has to do now
        ("cause", "u1"),  # RestartCause of the reset that lasts
        ("boot_us", "i8"),  # time of the last start
        ("boot_ticks", "i4"),  # until the first tick
        ("low_ticks", "i4"),  # with too low a source
        ("watch_ticks", "i4"),  # since the watchdog's input changed
        ("watch_armed", "u1"),
        ("watch_edges", "u1"),  # in this tick
        ("watch_last", "u1"),
        ("watchdog_acts", "i4"),  # how often it has cut and restarted
        # peaks of the stroke
        ("bar", "f8"),
        ("tip", "f8"),
        ("peak_bar", "f8"),
        ("peak_tip", "f8"),
        ("peak_force", "f8"),
        ("peak_penetration", "f8"),
        ("drag", "f8"),
        ("top_us", "f8"),
        ("rate_hz", "f8"),
        ("stroke_count", "i8"),
        ("stop_count", "i8"),
        ("stop_open", "i8"),
        ("trace_count", "i8"),
        # line
        ("in_head", "i8"),
        ("in_tail", "i8"),
        ("out_head", "i8"),
        ("out_tail", "i8"),
        ("in_credit", "f8"),
        ("out_credit", "f8"),
        ("out_lost", "i8"),
    ],
    align=True,
)

CONTROL_DTYPE = np.dtype(
    [
        ("press_n", "f8"),
        ("gap_mm", "f8"),
        ("glide_mm_s", "f8"),
        ("tremor", "f8"),
        ("supply_v", "f8"),
        ("stop_mechanical_um", "f8"),
        ("cartridge_fitted", "u1"),
        ("lifted", "u1"),
        ("hold", "u1"),
        ("estop", "u1"),
        ("link_up", "u1"),
        ("button", "u1"),
        ("charger", "u1"),
        ("cartridge_locked", "u1"),
        ("tag_there", "u1"),
        ("ambient_c", "f8"),  # room; not a number: as the seed has drawn it
        ("nose_c", "f8"),  # a body that holds the nose at this; not a number: none
        ("handle_c", "f8"),
        ("trace_decimation", "i4"),
    ],
    align=True,
)

TRACE_DTYPE = np.dtype(
    [("time_us", "i8")]
    + [
        (name, "f4")
        for name in (
            "theta",
            "omega_rad_s",
            "current_a",
            "bar_um",
            "tip_um",
            "penetration_um",
            "skin_force_n",
            "stage_um",
            "press_n",
            "glide_mm",
            "winding_c",
            "nose_c",
            "handle_c",
            "supply_v",
            "rate_hz",
            "shaft_counts",
            "bar_reading_um",
            "stage_reading_um",
            "motor_ma",
            "supply_mv",
            "press_mn",
            "duty_q15",
            "stage_steps",
        )
    ]
    + [(name, "u1") for name in ("drive_on", "state", "mode", "tripped", "hold", "estop", "contact", "home")]
    + [("reserved", "u1", (4,))],  # no gaps: rows are compared as bytes
    align=True,
)

STROKES_DTYPE = np.dtype(
    [
        ("end_us", "i8"),
        ("peak_tip_um", "f8"),
        ("peak_bar_um", "f8"),
        ("rate_hz", "f8"),
        ("peak_force_n", "f8"),
        ("peak_penetration_um", "f8"),
        ("drag_um", "f8"),
        ("contact", "u1"),
        ("reserved", "u1", (7,)),
    ],
    align=True,
)

NORMAL_BITS = 12
"""The table of the normal distribution has 2 to this power values."""
MEASURED = 8
"""Measured values that the firmware gets."""
DELAY_TICKS = 1024
"""Longest delay of a reading is this less one tick."""

SENSED_DTYPE = np.dtype(
    [
        ("values", "f8", (MEASURED,)),  # sensed now, in the units of the inputs
        ("readings", "i8", (MEASURED,)),  # as whole numbers, for the next tick
        ("history", "f8", (MEASURED, DELAY_TICKS)),  # of values whose sensor is late
        ("normals", "f4", (1 << NORMAL_BITS,)),  # table of the normal distribution
    ],
    align=True,
)
"""Arrays live inside records, because numba counts references to arrays, atomically and at every call."""

IN_BYTES = 1 << 16
OUT_BYTES = 1 << 20
CHUNK_BYTES = 64
LINE_DTYPE = np.dtype(
    [
        ("in_ring", "u1", (IN_BYTES,)),
        ("out_ring", "u1", (OUT_BYTES,)),
        ("in_chunk", "u1", (CHUNK_BYTES,)),
        ("out_chunk", "u1", (CHUNK_BYTES,)),
        (
            "calls",
            "i8",
            (9,),
        ),  # addresses: memory, inputs, outputs, tick, rx, tx, in chunk, out chunk, background
    ],
    align=True,
)

STOPS_DTYPE = np.dtype(
    [
        ("off_us", "i8"),
        ("last_bottom_us", "i8"),
        ("clear_us", "i8"),
        ("rest_us", "i8"),
        ("omega_off", "f8"),
        ("strokes_after", "i4"),
        ("cause", "u1"),
        ("reserved", "u1", (3,)),
    ],
    align=True,
)
