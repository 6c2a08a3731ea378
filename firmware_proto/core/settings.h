/* What was stored in the pen, as the tick uses it. It lies outside control's memory: control may be wrong about
 * everything and still cannot change a limit or a calibration that guard works with. */
#ifndef PEN_SETTINGS_H
#define PEN_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "guard.h"
#include "mailbox.h"
#include "port.h"
#include "store.h"

typedef struct {
    guard_settings_t stored; /* limits narrower than the hard ones, calibration, HOME-only, why the controller started */
    pen_mode_limits_t limits[RECORDS_MODES]; /* effective: index 0 HOME, 1 CLINICAL */
    calibration_record_t calibration;
    uint32_t strokes_before; /* of the pen's life, at power-on */
    uint32_t boot;
    uint16_t latest_day;
    bool test_build;
    bool firmware_genuine;
    keep_t wanted; /* what is to be kept in memory and has not been handed over yet */
} settings_t;

/* From what memory kept; where that is damaged, the stricter choice. */
void settings_init(settings_t *settings, const pen_config_t *config, const store_t *store);

const pen_mode_limits_t *settings_limits(const settings_t *settings, uint8_t mode);

/* Days and strokes since the calibration. */
int32_t settings_calibration_days(const settings_t *settings, uint16_t today);
uint32_t settings_calibration_strokes(const settings_t *settings, uint32_t strokes_since_power_on);

/* The acts of the service, once the command is found permissible. Each is kept in memory. */
result_t settings_calibrate(settings_t *settings, guard_t *guard, int32_t bar_offset_um, uint16_t day);
result_t settings_configure(settings_t *settings, guard_t *guard, const command_t *command);

/* A visit was opened on this day: no earlier one is taken from now on. */
void settings_saw_day(settings_t *settings, uint16_t day);

#endif
