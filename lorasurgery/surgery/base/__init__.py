"""The base model as an adapter sees it: class, parameters, matrices; and pairs of models."""
