"""simnet in pytest: `plugin` is what pytest loads, everything else is imported when a test asks for it."""
