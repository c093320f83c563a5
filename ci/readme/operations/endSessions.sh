PASSING_TOKEN=$(passing)   # somebody made up for this, since it ends sessions
