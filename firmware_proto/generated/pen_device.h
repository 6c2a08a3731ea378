/* Written by tools/generate.py (make generate) from hardware/pen.toml. Do not edit: change the source and generate again. */

#ifndef PEN_DEVICE_H
#define PEN_DEVICE_H

#define PEN_STROKE_UM 3000
#define PEN_STAGE_HOME_UM (-500)
#define PEN_STAGE_END_UM 2700
#define PEN_STAGE_STEP_NM 3125
#define PEN_STAGE_SPEED_UM_PER_S 6000
#define PEN_DEPTH_MARGIN_UM 25
#define PEN_RATE_MARGIN_PERMILLE 10
#define PEN_SHAFT_COUNTS 4096
#define PEN_MOTOR_K_UNM_PER_A 5350
#define PEN_MOTOR_R_MOHM 2830
#define PEN_MOTOR_J_1E12_KGM2 71000
#define PEN_CURRENT_LIMIT_MA 2300
#define PEN_C1_TIMEOUT_US 100000
#define PEN_COMMAND_EXPIRY_US 200000
#define PEN_READY_TIMEOUT_US 120000000
#define PEN_CLEAR_DELAY_US 300000
#define PEN_SUPPLY_MIN_MV 6000
#define PEN_SUPPLY_MAX_MV 9000
#define PEN_TICK_US 100
#define PEN_BAUD 921600

#endif
