"""The parts of `extract`: what is done with each parameter, in the order of the files `plan`, `measure`, `rest`, `factorise`,
`budget`, `assemble`, `account`, `card`."""
