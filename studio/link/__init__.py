"""Bytes to messages and back, without I/O: the twin of `stu_link.h`. PROTOCOL.md is the specification."""
