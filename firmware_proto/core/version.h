/* Version of this firmware core, as IDENTITY tells it. */
#ifndef PEN_VERSION_H
#define PEN_VERSION_H

enum { PEN_FIRMWARE_MAJOR = 0, PEN_FIRMWARE_MINOR = 1, PEN_FIRMWARE_PATCH = 0, PEN_TEST_BUILD = 0 };

#endif
