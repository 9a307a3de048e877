"""A set of answered calls made by speech synthesis and arithmetic: what machine detection is trained and judged on.

    python -m tools.greetings var/greetings

writes it as WAV files; tools.train_detection and the tests make it in memory. The same seed gives the same sound.
"""
