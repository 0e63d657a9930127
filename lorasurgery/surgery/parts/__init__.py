"""Work that is divided into parts, which are done in any order and on any machine, and then joined."""
