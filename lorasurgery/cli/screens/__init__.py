"""What the commands print: one file for each screen, and the console they share."""
