"""Lines -> who said them."""
