"""Interrupts from the keyboard at a chosen moment of a fit."""


class Interrupter:
    """Interrupts the fit at the n-th call for a phase."""

    def __init__(self, phase, calls):
        self.phase = phase
        self.calls = calls

    def __call__(self, info):
        if info.phase == self.phase:
            self.calls -= 1
            if self.calls == 0:
                raise KeyboardInterrupt
