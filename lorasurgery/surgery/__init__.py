"""The verbs, a file each; what several of them need lies beside them, what one needs in a folder of its own."""
