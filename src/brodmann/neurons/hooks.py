"""Hooks at sites of the real model: our own, counted, gone afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from brodmann.errors import RunError
from brodmann.neurons.sites import Site

Fire = Callable[[Site, Tensor], Tensor | None]
"""Gets a site and its values as the module sees them; gives new ones, or None to leave them."""


class Firings:
    """How often each site was read or changed.

    Args:
        sites: Those that have a hook.
    """

    def __init__(self, sites: Sequence[Site]) -> None:
        self.counts = dict.fromkeys((site.name for site in sites), 0)

    def check(self) -> None:
        """Refuse a pass that left a site out.

        Raises:
            RunError: A site did not fire: the model does not run that module, or hides it.
        """
        silent = [name for name, count in self.counts.items() if count == 0]
        if silent:
            raise RunError(
                f"{len(silent)} site(s) never fired, among them {silent[0]}: "
                "no forward pass went through that module"
            )


@contextmanager
def hooked(model: nn.Module, sites: Sequence[Site], fire: Fire) -> Iterator[Firings]:
    """Call a function at every site during the forward passes inside.

    Args:
        model: Holds the sites' modules.
        sites: Where.
        fire: What is called as each site fires.

    Yields:
        The count of firings.

    Raises:
        RunError: The model is compiled, or a site never fired.
    """
    refuse_compiled(model)
    firings = Firings(sites)

    def counted(site: Site, values: Tensor) -> Tensor | None:
        firings.counts[site.name] += 1
        return fire(site, values)

    handles = [_attach(model.get_submodule(s.path), s, partial(counted, s)) for s in sites]
    try:
        yield firings
    finally:
        for handle in handles:
            handle.remove()
    firings.check()


def _attach(
    module: nn.Module, site: Site, fire: Callable[[Tensor], Tensor | None]
) -> RemovableHandle:
    if site.side == "input":
        return module.register_forward_pre_hook(lambda _, inputs: _with_first(inputs, fire))
    return module.register_forward_hook(lambda _, inputs, output: _with_first(output, fire))


def _with_first(given: Any, fire: Callable[[Tensor], Tensor | None]) -> Any:
    """What a module is given or returns, its hidden states replaced; None to leave all as it is."""
    if isinstance(given, Tensor):
        return fire(given)
    changed = fire(given[0])
    return None if changed is None else (changed, *given[1:])


def refuse_compiled(model: nn.Module) -> None:
    """Refuse a compiled module: hooks set after its first call would never fire.

    Raises:
        RunError: See above.
    """
    if isinstance(model, torch._dynamo.eval_frame.OptimizedModule) or any(
        getattr(module, "_compiled_call_impl", None) is not None for module in model.modules()
    ):
        raise RunError("the model is compiled: hooks would not fire; use the model as loaded")
