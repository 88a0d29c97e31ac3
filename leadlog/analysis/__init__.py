"""Reports: what was observed on a day, every number bound to its place in the inputs."""
