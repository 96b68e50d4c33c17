"""What an operation takes: SUBJECT.md's table, "Compute versus communication". pJ."""

ADD_32_BIT_PJ = 0.1
MULTIPLY_8_BIT_PJ = 0.2
MULTIPLY_32_BIT_PJ = 3.1
SRAM_READ_32_BIT_PJ = 5.0
