"""The C core, its ports, and the build of both for the host."""
