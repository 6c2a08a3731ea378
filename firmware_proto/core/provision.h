/* The factory station: gives a pen its first memory. Nothing in a pen that is in use calls this. */
#ifndef PEN_PROVISION_H
#define PEN_PROVISION_H

#include <stdbool.h>
#include <stdint.h>

#include "port.h"
#include "records.h"
#include "sha256.h"

enum { PROVISION_CODE = 16 };

typedef struct {
    uint8_t serial_number[PEN_SERIAL_SIZE];
    bool home_only;                              /* for good */
    uint8_t codes[RECORDS_CODES][PROVISION_CODE]; /* pairing codes of CLINICIAN and SERVICE: from its papers */
    kept_pairing_t pairings[RECORDS_PAIRINGS];   /* those of the factory; role 0 = empty */
    calibration_record_t calibration;
} provision_t;

/* Wipes the memory and writes all records, the configuration last: a pen whose provisioning was cut short has no valid
 * configuration and is inhibited. False when the memory does not keep what was written to it, or a value given is out of its
 * range. Blocks; hashes two blocks. */
bool pen_provision(const pen_port_t *port, void *context, const provision_t *given);

/* What the pen keeps of a pairing code: SHA-256("penctl code" ‖ role ‖ serial number ‖ code). One block. */
void provision_code_hash(sha256_block_t *block, uint8_t role, const uint8_t serial[PEN_SERIAL_SIZE],
                         const uint8_t code[PROVISION_CODE], uint8_t hash[RECORDS_HASH]);

#endif
