"""Opening an adapter for a model: what the user selected of it, and whether it fits the weights it is for."""
