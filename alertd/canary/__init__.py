"""What alertd sends through itself, so that silence means something, and who outside hears that it arrived.

Must not know what alerts mean, nor how a message looks: it makes a frame, and sees whether it came through.
"""
