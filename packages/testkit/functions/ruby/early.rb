raise RangeError, "too early"
