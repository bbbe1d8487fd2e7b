"""netcheck: an offline network path analyzer for Azure."""
