"""Interventions in the running model: own hooks, counted, gone afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from torch import Tensor, nn

from brodmann.errors import RunError
from brodmann.neurons.capture import Firings, first_tensor, refuse_compiled
from brodmann.neurons.interventions.plan import Arm, Plan
from brodmann.neurons.sites import Site
from brodmann.neurons.subject import Prepared


@contextmanager
def intervene(
    model: nn.Module, sites: Sequence[Site], prepared: Prepared, interventions: Arm
) -> Iterator[Firings]:
    """Change units during the forward passes inside, of one batch.

    Weights are never altered; contexts nest, the inner one seeing what the outer one left.

    Args:
        model: Holds the sites' modules.
        sites: Of the subject; those without a selected unit get no hook.
        prepared: The batch that will be run.
        interventions: Applied in turn.

    Yields:
        The count of firings.

    Raises:
        RunError: Nothing to change: no intervention, no unit or no token; a site that is not
            here, or that no forward pass went through; a compiled model.
    """
    if not interventions:
        raise RunError("no intervention is given, so nothing would be changed")
    with change_sites(model, Plan(sites, prepared, [interventions])) as firings:
        yield firings


@contextmanager
def change_sites(model: nn.Module, plan: Plan) -> Iterator[Firings]:
    """Put a plan's values in place of the sites' own.

    Raises:
        RunError: The model is compiled, or a site never fired.
    """
    refuse_compiled(model)
    firings = Firings(plan.sites)

    def fire(site: Site, values: Tensor) -> Tensor:
        firings.counts[site.name] += 1
        return plan(site, values)

    handles = [put_in_place(model, site, partial(fire, site)) for site in plan.sites]
    try:
        yield firings
    finally:
        for handle in handles:
            handle.remove()
    firings.check()


def put_in_place(model: nn.Module, site: Site, fire: Callable[[Tensor], Tensor]) -> Any:
    """Hook that puts a function's values in place of a site's own; returns its handle.

    Args:
        model: Holds the site's module.
        site: Where.
        fire: From the site's values, as the module sees them, to the new ones.
    """
    module = model.get_submodule(site.path)
    if site.side == "input":
        return module.register_forward_pre_hook(lambda _, inputs: (fire(inputs[0]), *inputs[1:]))

    def replace(_: nn.Module, inputs: Any, output: Any) -> Any:
        changed = fire(first_tensor(output))
        return changed if isinstance(output, Tensor) else (changed, *output[1:])

    return module.register_forward_hook(replace)
