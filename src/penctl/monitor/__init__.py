"""A live view of a pen: `watch` asks it, `sight` is what was seen, `screen` draws it."""
