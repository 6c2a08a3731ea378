"""One page a step of the visit. A page notes what happens and shows what is missing; it decides nothing."""
