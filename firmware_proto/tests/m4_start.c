/* Lets a program of this folder run on a Cortex-M4F that QEMU plays (mps2-an386): vectors, the floating-point unit, and
 * newlib's own start. Its input, output and arguments go over semihosting. A board has a start of its own.
 */
#include <stdint.h>

#define CPACR (*(volatile uint32_t *)0xE000ED88U)

enum { FPU_ON = 0xF00000, TOP_OF_RAM = 0x20400000, EXIT = 0x18, RUN_TIME_ERROR = 0x20023, VECTORS = 16 };

extern void _start(void);

static void begin(void)
{
    CPACR |= FPU_ON;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    _start();
}

/* A fault ends the program with exit status 1: nothing that hangs. */
static void fault(void)
{
    register uint32_t operation __asm__("r0") = EXIT;
    register uint32_t reason __asm__("r1") = RUN_TIME_ERROR;
    __asm__ volatile("bkpt 0xAB" : : "r"(operation), "r"(reason) : "memory");
}

typedef void handler_t(void);

static const struct {
    uint32_t stack;
    handler_t *handler[VECTORS - 1];
} vectors __attribute__((section(".vectors"), used)) = {
    TOP_OF_RAM,
    {begin, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault},
};
