"""The command line, as `pplc` and as `python -m pplc`."""

import signal


def main() -> None:
    """Run the command line. Until it is imported, Ctrl-C ends the process without a word."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # a process in the background may ignore it
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from pplc.cli import main as command_line

    signal.signal(signal.SIGINT, before)
    command_line()


if __name__ == "__main__":
    main()
