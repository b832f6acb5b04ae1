"""How a change reads in each medium. Pure."""
