/* The smallest port that is whole: four functions to be called from your vector table and your main. */
#ifndef PEN_SKELETON_H
#define PEN_SKELETON_H

void skeleton_start(void);      /* at power-on, before the interrupts are enabled */
void skeleton_tick(void);       /* timer interrupt, every 100 µs, above all others of the core */
void skeleton_line(void);       /* interrupt of the serial line, below the tick: bytes in and bytes out */
void skeleton_background(void); /* the body of main's endless loop */

#endif
