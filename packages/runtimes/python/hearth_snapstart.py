"""SnapStart's hooks, as functions register them with AWS's library `snapshot_restore_py`. That library is part of AWS's Python runtimes; a function may bring its own."""

import sys
from importlib.machinery import ModuleSpec

LIBRARY = "snapshot_restore_py"


class LibraryFinder:
    """Makes the library for functions that import it and do not bring it: it comes last on sys.meta_path."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        return ModuleSpec(name, LibraryFinder) if name == LIBRARY else None

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        before_snapshot, after_restore = [], []

        def register_before_snapshot(func, *args, **kwargs):
            before_snapshot.append((func, args, kwargs))
            return func

        def register_after_restore(func, *args, **kwargs):
            after_restore.append((func, args, kwargs))
            return func

        module.__all__ = ["register_before_snapshot", "register_after_restore"]
        module.register_before_snapshot = register_before_snapshot
        module.register_after_restore = register_after_restore
        module.get_before_snapshot = lambda: before_snapshot
        module.get_after_restore = lambda: after_restore


def run_before_snapshot():
    """The last one that was registered comes first. A hook may register more."""
    library = sys.modules.get(LIBRARY)
    hooks = library.get_before_snapshot() if library else []
    while hooks:
        func, args, kwargs = hooks.pop()
        func(*args, **kwargs)


def run_after_restore():
    """In the order in which they were registered."""
    library = sys.modules.get(LIBRARY)
    for func, args, kwargs in library.get_after_restore() if library else []:
        func(*args, **kwargs)
