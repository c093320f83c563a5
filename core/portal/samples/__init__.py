"""Programs that the pages show, as readers copy them."""
