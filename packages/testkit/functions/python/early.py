raise ValueError("too early")
