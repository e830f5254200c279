select min(number) as number from blocks
