"""What `rerank`, `fuse` and `convert` share: the plan of an adapter that is written anew, and its parts."""
