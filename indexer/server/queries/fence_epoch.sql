select epoch from fence
