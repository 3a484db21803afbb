"""Reading activations while the real model runs: own hooks, counted, gone afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from brodmann.errors import RunError
from brodmann.neurons.sites import Site

Consumer = Callable[[Site, Tensor], None]
"""Gets a site and its activations, float ``[B, T, U]``, during the forward pass."""


class Firings:
    """How often each site was read or changed."""

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
def capture(
    model: nn.Module, sites: Sequence[Site], rows: int, consume: Consumer
) -> Iterator[Firings]:
    """Hand every site's activations to a consumer during the forward passes inside.

    Nothing is stored here, and the model's answer is bit-equal to the one without capture.

    Args:
        model: Holds the sites' modules.
        sites: What to read.
        rows: Examples per forward pass: modules that see ``[B * T, U]`` are brought to
            ``[B, T, U]`` by it.
        consume: Called as each site fires, with a detached view.

    Yields:
        The count of firings.

    Raises:
        RunError: The model is compiled, no site is asked for, or one of them never fired.
    """
    refuse_compiled(model)
    if not sites:
        raise RunError("no site is asked for, so nothing would be captured")
    firings = Firings(sites)

    def fire(site: Site, values: Tensor) -> None:
        firings.counts[site.name] += 1
        consume(site, by_example(values.detach(), rows, site))

    handles = [_attach(model, site, partial(fire, site)) for site in sites]
    try:
        yield firings
    finally:
        for handle in handles:
            handle.remove()
    firings.check()


def _attach(model: nn.Module, site: Site, fire: Callable[[Tensor], None]) -> Any:
    module = model.get_submodule(site.path)
    if site.side == "input":
        return module.register_forward_pre_hook(lambda _, inputs: fire(inputs[0]))
    return module.register_forward_hook(lambda _, inputs, output: fire(first_tensor(output)))


def first_tensor(output: Any) -> Tensor:
    """The hidden states in what a module returns: the tensor itself, or a tuple's first."""
    return output if isinstance(output, Tensor) else output[0]


def by_example(values: Tensor, rows: int, site: Site) -> Tensor:
    """Bring ``[B * T, U]`` or ``[B, T, U]`` to ``[B, T, U]``.

    Raises:
        RunError: The last axis is not the site's units, or the examples do not divide the rest.
    """
    if values.shape[-1] != site.units or values.numel() % (rows * site.units):
        raise RunError(
            f"{site.name} fired with shape {list(values.shape)}, not [{rows}, tokens, {site.units}]"
        )
    return values.reshape(rows, -1, site.units)


def refuse_compiled(model: nn.Module) -> None:
    """Refuse a compiled module: hooks set after its first call would never fire.

    Raises:
        RunError: See above.
    """
    if isinstance(model, torch._dynamo.eval_frame.OptimizedModule) or any(
        getattr(module, "_compiled_call_impl", None) is not None for module in model.modules()
    ):
        raise RunError("the model is compiled: hooks would not fire; use the model as loaded")


def check_finite(values: Tensor, site: Site, batch: int) -> None:
    """Refuse activations that are not numbers.

    Args:
        values: What was read.
        site: Where.
        batch: Count of the batch, for the message.

    Raises:
        RunError: A value is NaN or infinite.
    """
    if not bool(values.sum().isfinite()) and not bool(values.isfinite().all()):
        raise RunError(f"{site.name} holds NaN or infinite activations in batch {batch}")
