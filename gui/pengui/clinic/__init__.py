"""The clinician's program: a visit from greeting to signature, with the pen under control in every second.

It holds no rule of its own: what may be done is said by `penctl.treatment`, what is kept by
`penctl.records`, what the pen does by its firmware. `window` is the frame; one module a step of the visit.
"""
