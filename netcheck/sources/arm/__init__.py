"""ARM templates, parameter files and the expressions in them."""
