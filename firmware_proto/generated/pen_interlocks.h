/* Written by tools/generate.py (make generate) from hardware/interlocks.toml. Do not edit: change the source and generate again. */

#ifndef PEN_INTERLOCKS_H
#define PEN_INTERLOCKS_H

#define PEN_IL_COUNT 45

/* IL-01 Emergency stop (dual, normally closed) */
#define PEN_IL_01 1
#define PEN_IL01_DEBOUNCE_US 2000

/* IL-02 Hold-to-run switch */
#define PEN_IL_02 2
#define PEN_IL02_DEBOUNCE_US 2000

/* IL-03 Hold-to-run switch stuck */
#define PEN_IL_03 3
#define PEN_IL03_WARN_US 180000000
#define PEN_IL03_STOP_US 185000000

/* IL-04 Input channel discrepancy */
#define PEN_IL_04 4
#define PEN_IL04_DISAGREE_US 200000

/* IL-05 Safe-torque-off feedback, uncommanded motion */
#define PEN_IL_05 5
#define PEN_IL05_MOTION_US 5000
#define PEN_IL05_MOTION_PERMILLE 30
#define PEN_IL05_CURRENT_MA 50
#define PEN_IL05_INHIBIT_US 300000

/* IL-06 Safe-torque-off proof test */
#define PEN_IL_06 6

/* IL-07 Over-travel (maximum depth) */
#define PEN_IL_07 7
#define PEN_IL07_SET_MARGIN_UM 100
#define PEN_IL07_RAMP_UM_PER_S 4000
#define PEN_IL07_LOST_US 1000

/* IL-08 Depth channel discrepancy */
#define PEN_IL_08 8
#define PEN_IL08_DIFFERENCE_UM 100
#define PEN_IL08_HOME_DIFFERENCE_UM 30
#define PEN_IL08_STROKES_COUNT 3
#define PEN_IL08_ONCE_UM 200

/* IL-09 Depth sensor stuck, out of range or impossible */
#define PEN_IL_09 9
#define PEN_IL09_STROKES_COUNT 2
#define PEN_IL09_JUMP_UM 400
#define PEN_IL09_STAGE_JUMP_UM 60

/* IL-10 Depth reference lost */
#define PEN_IL_10 10
#define PEN_IL10_DRIFT_UM 50
#define PEN_IL10_DRIFT_US 20000

/* IL-11 Overspeed */
#define PEN_IL_11 11
#define PEN_IL11_OVER_SET_PERMILLE 100
#define PEN_IL11_CLEAR_PERMILLE 50
#define PEN_IL11_WINDOW_US 50000
#define PEN_IL11_FASTEST_PERMILLE 100
#define PEN_IL11_LOST_US 1000

/* IL-12 Underspeed */
#define PEN_IL_12 12
#define PEN_IL12_UNDER_SET_PERMILLE 150
#define PEN_IL12_CLEAR_PERMILLE 80
#define PEN_IL12_WINDOW_US 200000
#define PEN_IL12_SPIN_UP_US 200000

/* IL-13 Stall or jam */
#define PEN_IL_13 13
#define PEN_IL13_OF_SET_PERMILLE 200
#define PEN_IL13_WINDOW_US 50000
#define PEN_IL13_SPIN_UP_US 50000

/* IL-14 Over-current */
#define PEN_IL_14 14
#define PEN_IL14_COMPARATOR_MA 2500
#define PEN_IL14_COMPARATOR_US 700
#define PEN_IL14_HEAT_MA 1200
#define PEN_IL14_HEAT_US 5000000

/* IL-15 Over-force (press of the nose) */
#define PEN_IL_15 15
#define PEN_IL15_PEAK_MN 14000
#define PEN_IL15_HOME_PEAK_MN 6000
#define PEN_IL15_STROKES_COUNT 3
#define PEN_IL15_MEAN_MN 9000
#define PEN_IL15_HOME_MEAN_MN 5000
#define PEN_IL15_MEAN_US 20000
#define PEN_IL15_REPEATS_COUNT 3

/* IL-16 Over-temperature */
#define PEN_IL_16 16
#define PEN_IL16_NOSE_WARN_MDEGC 41000
#define PEN_IL16_NOSE_STOP_MDEGC 43000
#define PEN_IL16_HANDLE_WARN_MDEGC 43000
#define PEN_IL16_HANDLE_STOP_MDEGC 48000
#define PEN_IL16_CLEAR_MDEGC 3000

/* IL-17 Under-voltage, brown-out */
#define PEN_IL_17 17
#define PEN_IL17_MINIMUM_MV 6000
#define PEN_IL17_WINDOW_US 4000

/* IL-18 Battery low, critical or charging */
#define PEN_IL_18 18
#define PEN_IL18_LOW_PERMILLE 150
#define PEN_IL18_CRITICAL_PERMILLE 50

/* IL-19 Cartridge absent or unlocked */
#define PEN_IL_19 19
#define PEN_IL19_WINDOW_US 10000

/* IL-20 Cartridge authentication */
#define PEN_IL_20 20

/* IL-21 Cartridge reused, expired or another person's */
#define PEN_IL_21 21
#define PEN_IL21_CLINICAL_LAST_COUNT 1
#define PEN_IL21_HOME_WARN_COUNT 10
#define PEN_IL21_HOME_LAST_COUNT 15
#define PEN_IL21_STROKES_COUNT 400000

/* IL-22 Cartridge does not fit the mode */
#define PEN_IL_22 22

/* IL-23 Skin contact lost */
#define PEN_IL_23 23
#define PEN_IL23_NO_CONTACT_US 2000000

/* IL-24 Dwell, over-treatment */
#define PEN_IL_24 24
#define PEN_IL24_WARN_US 500000
#define PEN_IL24_STOP_US 1000000
#define PEN_IL24_DENSITY_PER_CM2 2500

/* IL-25 Visit budget and interval */
#define PEN_IL_25 25
#define PEN_IL25_INTERVAL_DAYS 7

/* IL-26 Communications loss */
#define PEN_IL_26 26
#define PEN_IL26_HEARTBEAT_PERIOD_US 50000
#define PEN_IL26_TIMEOUT_US 250000

/* IL-27 Invalid or replayed frames */
#define PEN_IL_27 27
#define PEN_IL27_BAD_COUNT 5
#define PEN_IL27_WINDOW_US 1000000

/* IL-28 Command plausibility */
#define PEN_IL_28 28

/* IL-29 Configuration integrity */
#define PEN_IL_29 29

/* IL-30 Mode lock */
#define PEN_IL_30 30
#define PEN_IL30_BUTTON_US 5000000

/* IL-31 Windowed watchdog with its own oscillator */
#define PEN_IL_31 31

/* IL-32 Clock or tick fault */
#define PEN_IL_32 32
#define PEN_IL32_DIFFERENCE_PERMILLE 20
#define PEN_IL32_WINDOW_US 6000
#define PEN_IL32_GAP_US 5000

/* IL-33 Periodic self-test of CPU, RAM and ROM */
#define PEN_IL_33 33

/* IL-34 Power-on self-test failed */
#define PEN_IL_34 34

/* IL-35 Firmware authenticity, rollback, version pair */
#define PEN_IL_35 35

/* IL-36 Fluid ingress */
#define PEN_IL_36 36
#define PEN_IL36_WINDOW_US 50000

/* IL-37 Drop or impact */
#define PEN_IL_37 37
#define PEN_IL37_LIMIT_MILLI_G 8000

/* IL-38 Alarm, stop, start limiter */
#define PEN_IL_38 38
#define PEN_IL38_REPEATS_COUNT 3
#define PEN_IL38_WINDOW_US 600000000

/* IL-39 Ready time-out */
#define PEN_IL_39 39
#define PEN_IL39_TIMEOUT_US 120000000

/* IL-40 Self-test of the alarm signals */
#define PEN_IL_40 40

/* IL-41 Log or storage fault, time invalid */
#define PEN_IL_41 41

/* IL-42 Calibration overdue */
#define PEN_IL_42 42
#define PEN_IL42_INTERVAL_DAYS 365
#define PEN_IL42_STROKES_COUNT 50000000

/* IL-43 Mutual liveness of screen and controller */
#define PEN_IL_43 43
#define PEN_IL43_SILENT_US 1000000

/* IL-44 Test build of the firmware active */
#define PEN_IL_44 44

/* IL-45 Rate channel discrepancy */
#define PEN_IL_45 45
#define PEN_IL45_DIFFERENCE_PERMILLE 50
#define PEN_IL45_STROKES_COUNT 3

#endif
