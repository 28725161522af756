"""In the kernel: modules of Colab and Kaggle that do nothing, so that a line left in an answer costs none of it."""

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

PLATFORMS = ("google", "google.colab", "kaggle_secrets")


class Idle:
    """Can be called, asked for anything and entered, and is empty."""

    def __call__(self, *args, **kwargs):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key):
        return self

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False

    def __str__(self):
        return ""


class _IdleModule(ModuleType):
    def __getattr__(self, name):
        return getattr(Idle(), name)


class _Finder:
    """Finds the platforms' modules where no other finder does."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if any(name == known or name.startswith(f"{known}.") for known in PLATFORMS[1:]) or name == PLATFORMS[0]:
            return ModuleSpec(name, _Finder, is_package=True)
        return None

    @staticmethod
    def create_module(spec):
        return _IdleModule(spec.name)

    @staticmethod
    def exec_module(module):
        pass


def install():
    """Let the stand-ins be imported; where there are no widgets, tqdm's bar for notebooks is the one of text."""
    sys.meta_path.append(_Finder)
    if importlib.util.find_spec("ipywidgets") is None and importlib.util.find_spec("tqdm"):
        import tqdm

        bars = ModuleType("tqdm.notebook")
        bars.tqdm = bars.tqdm_notebook = tqdm.tqdm
        bars.trange = bars.tnrange = tqdm.trange
        sys.modules["tqdm.notebook"] = tqdm.notebook = bars
