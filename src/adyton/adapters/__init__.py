"""One module per technology; assembly alone names them."""
