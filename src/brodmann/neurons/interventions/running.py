"""Interventions in the running model: own hooks, counted, gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from torch import nn

from brodmann.errors import RunError
from brodmann.neurons.hooks import Firings, hooked
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
    with hooked(model, plan.sites, plan) as firings:
        yield firings
