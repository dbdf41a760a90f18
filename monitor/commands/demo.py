"""The main job, end to end, on a throw-away database: every line is the real program's answer."""

from monitor.commands.silence import NoDb


def demo(db: NoDb = None) -> None:
    """Show a real course, from the first gate to follow-up years later.

    Example: monitor demo
    """
    from monitor.commands.tour import tour

    tour()
