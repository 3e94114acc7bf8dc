"""
What forks of the `aws` command share, so that each need not do it again: imported modules, parsed data files, and the lists of services. All of it
follows from the installed files alone, not from a request.
"""

import atexit
import gc
import importlib
import json
import marshal
import os
import sys
from collections import OrderedDict


class Warmth:
    def __init__(self):
        self.began_with = dict(os.environb)
        self.added_environment = {}
        self.loaders = None
        self.parsed = {}
        self.services = {}

    def begin(self):
        """Imports the command, once."""
        if self.loaders is not None:
            return
        importlib.import_module("awscli.clidriver")
        # Version 2 has a botocore of its own.
        self.loaders = sys.modules.get("awscli.botocore.loaders") or sys.modules["botocore.loaders"]
        self.freeze()

    def learn(self, report):
        """Takes over what a fork had to do."""
        modules, texts, services = marshal.loads(report)
        for name in modules:
            importlib.import_module(name)
        for text in texts:
            self.parsed[text] = json.loads(text, object_pairs_hook=OrderedDict)
        self.services.update(services)
        self.freeze()

    def freeze(self):
        # Modules of the command add to their environment when they are imported.
        self.added_environment = {name: value for name, value in os.environb.items() if self.began_with.get(name) != value}
        # The garbage collector of a fork leaves alone, and so does not copy, what is here now.
        gc.collect()
        gc.freeze()

    def use(self, told):
        """In a fork: uses what is known, and tells the rest to `told` at the end."""
        modules, texts, services = set(sys.modules), [], {}

        def tell():
            imported = [name for name in set(sys.modules) - modules if is_importable(name)]
            if imported or texts or services:
                with open(told, "wb") as pipe:
                    pipe.write(marshal.dumps((imported, texts, services)))

        atexit.register(tell)
        self.loaders.json = SharedJson(self.parsed, texts)
        self.share_services(services)

    def share_services(self, new):
        loader = self.loaders.Loader
        list_services = loader.list_available_services
        packages = [sys.modules[name] for name in ("awscli", "botocore") if name in sys.modules]
        installed = tuple(os.path.dirname(package.__file__) + os.sep for package in packages)

        def list_available_services(self_, type_name):
            paths = tuple(path for path in self_.search_paths if os.path.isdir(path))
            if not all(path.startswith(installed) for path in paths):
                return list_services(self_, type_name)  # the user has models of their own
            key = (paths, type_name)
            if key not in self.services:
                self.services[key] = new[key] = list_services(self_, type_name)
            return list(self.services[key])

        loader.list_available_services = list_available_services


class SharedJson:
    """The module json of the loaders. What is known is given once: it then belongs to who got it."""

    def __init__(self, parsed, new):
        self.parsed = parsed
        self.new = new

    def __getattr__(self, name):
        return getattr(json, name)

    def loads(self, text, **options):
        if options == {"object_pairs_hook": OrderedDict}:
            if text in self.parsed:
                return self.parsed.pop(text)
            self.new.append(text)
        return json.loads(text, **options)


def is_importable(name):
    """Some modules are made without an import; writers of docutils look at the folder that they are imported in."""
    spec = getattr(sys.modules[name], "__spec__", None)
    return spec is not None and spec.name == name and not name.startswith("docutils.")
